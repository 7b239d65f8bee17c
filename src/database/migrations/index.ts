import { CreateAccountsUsersRefreshTokens1764000000000 } from './1764000000000-create-accounts-users-refresh-tokens.js';

/** Every migration, oldest first. */
export const MIGRATIONS = [CreateAccountsUsersRefreshTokens1764000000000];
