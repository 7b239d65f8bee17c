import { Account } from '../accounts/account.entity.js';
import { Role } from '../accounts/role.entity.js';
import { ApiKeyIssue } from '../api-keys/api-key-issue.entity.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { AuditChain } from '../audit/audit-chain.entity.js';
import { AuditCount } from '../audit/audit-count.entity.js';
import { AuditPending } from '../audit/audit-pending.entity.js';
import { AuditRecord } from '../audit/audit-record.entity.js';
import { AuditSeal } from '../audit/audit-seal.entity.js';
import { KnownKey } from '../keys/known-key.entity.js';
import { OneTimeLink } from '../links/one-time-link.entity.js';
import { EventDelivery } from '../outbox/event-delivery.entity.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { SignInNetwork } from '../users/sign-in-network.entity.js';
import { User } from '../users/user.entity.js';
import { WebhookDelivery } from '../webhooks/webhook-delivery.entity.js';
import { Webhook } from '../webhooks/webhook.entity.js';

/**
 * Every entity, for the DataSource. Only the migrations change their tables (S-157, S-209): TypeORM's synchronisation
 * would give the columns other collations.
 */
export const ENTITIES = [
  Account,
  ApiKey,
  ApiKeyIssue,
  AuditChain,
  AuditCount,
  AuditPending,
  AuditRecord,
  AuditSeal,
  EventDelivery,
  KnownKey,
  OneTimeLink,
  RefreshToken,
  Role,
  SignInNetwork,
  User,
  Webhook,
  WebhookDelivery,
];
