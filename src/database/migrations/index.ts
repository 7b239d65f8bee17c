import { CreateAccountsUsersRefreshTokens1764000000000 } from './1764000000000-create-accounts-users-refresh-tokens.js';
import { CreateRolesApiKeys1764100000000 } from './1764100000000-create-roles-api-keys.js';
import { RecordKeys1764300000000 } from './1764300000000-record-keys.js';
import { AddAccessGeneration1764400000000 } from './1764400000000-add-access-generation.js';
import { RecordSignInNetworks1764500000000 } from './1764500000000-record-sign-in-networks.js';

/** Every migration, oldest first. */
export const MIGRATIONS = [
  CreateAccountsUsersRefreshTokens1764000000000,
  CreateRolesApiKeys1764100000000,
  RecordKeys1764300000000,
  AddAccessGeneration1764400000000,
  RecordSignInNetworks1764500000000,
];
