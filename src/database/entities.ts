import { Account } from '../accounts/account.entity.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { User } from '../users/user.entity.js';

/** Every entity, for the DataSource. */
export const ENTITIES = [Account, User, RefreshToken];
