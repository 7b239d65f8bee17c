import { CreateAccountsUsersRefreshTokens1764000000000 } from './1764000000000-create-accounts-users-refresh-tokens.js';
import { CreateRolesApiKeys1764100000000 } from './1764100000000-create-roles-api-keys.js';
import { RecordKeys1764300000000 } from './1764300000000-record-keys.js';
import { AddAccessGeneration1764400000000 } from './1764400000000-add-access-generation.js';
import { RecordSignInNetworks1764500000000 } from './1764500000000-record-sign-in-networks.js';
import { CreateEventDeliveries1764600000000 } from './1764600000000-create-event-deliveries.js';
import { CreateAudit1764700000000 } from './1764700000000-create-audit.js';
import { IndexEndsOfSessions1764800000000 } from './1764800000000-index-ends-of-sessions.js';
import { CreateOneTimeLinks1764900000000 } from './1764900000000-create-one-time-links.js';
import { CreateWebhooks1765000000000 } from './1765000000000-create-webhooks.js';

/** Every migration, oldest first. */
export const MIGRATIONS = [
  CreateAccountsUsersRefreshTokens1764000000000,
  CreateRolesApiKeys1764100000000,
  RecordKeys1764300000000,
  AddAccessGeneration1764400000000,
  RecordSignInNetworks1764500000000,
  CreateEventDeliveries1764600000000,
  CreateAudit1764700000000,
  IndexEndsOfSessions1764800000000,
  CreateOneTimeLinks1764900000000,
  CreateWebhooks1765000000000,
];
