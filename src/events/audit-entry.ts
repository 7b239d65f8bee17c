import { shownAddress } from '../common/transport/client-address.js';
import {
  isPublicEvent,
  type DomainEvent,
  type EventName,
  type GatehouseEventName,
} from './gatehouse-event.js';

/** One act as the audit trail has it, in a line and in a row (S-148). */
export interface AuditEntry {
  /** The id of the event. */
  readonly id: string;
  /** In ms since the epoch. */
  readonly at: number;
  readonly event: string;
  readonly outcome: 'success' | 'failure';
  readonly actorType: DomainEvent['actorType'];
  readonly actorId: string;
  readonly accountId: string | undefined;
  /** What the act concerns: a user, key, role, webhook, session or account. */
  readonly targetId: string | undefined;
  readonly userId: string | undefined;
  readonly apiKeyId: string | undefined;
  readonly sessionId: string | undefined;
  /** `undefined` where no request caused the event, and `unknown` where its client could not be determined. */
  readonly clientAddress: string | undefined;
  readonly requestId: string | undefined;
  readonly reason: string | undefined;
}

/** Names in the audit trail that differ from the event's name. */
const NAMES: Partial<Record<EventName, string>> = {
  'api_key.signed_in': 'sign_in.succeeded',
  'user.signed_in': 'sign_in.succeeded',
};

/** Events of a request that was refused. */
const FAILURES: ReadonlySet<EventName> = new Set<EventName>([
  'access.denied',
  'access_token.refused',
  'api_key.exposed',
  'api_key.leak_unfounded',
  'api_key.refused',
  'link.refused',
  'password.refused',
  'refresh_token.refused',
  'session.exposed',
  'session.reuse_detected',
  'sign_in.failed',
  'sign_in.throttled',
  'user.refused',
]);

type IdName =
  'accountId' | 'apiKeyId' | 'roleId' | 'sessionId' | 'targetId' | 'userId' | 'webhookId';

/** The fact that names the target of each event: the first that the event has. */
const TARGETS: Readonly<Record<EventName, readonly IdName[]>> = {
  'access.denied': ['targetId'],
  'access_token.refused': [],
  'account.changed': ['accountId'],
  'account.created': ['accountId'],
  'account.deleted': ['accountId'],
  'account.exported': ['accountId'],
  'api_key.created': ['apiKeyId'],
  'api_key.exposed': ['apiKeyId'],
  'api_key.kept': ['apiKeyId'],
  'api_key.lapsed': ['apiKeyId'],
  'api_key.leak_unfounded': [],
  'api_key.leaked': ['apiKeyId'],
  'api_key.refused': ['apiKeyId'],
  'api_key.revoked': ['apiKeyId'],
  'api_key.rotated': ['apiKeyId'],
  'api_key.signed_in': ['sessionId'],
  'email.change_requested': ['userId'],
  'email.changed': ['userId'],
  'email.verification_requested': ['userId'],
  'email.verified': ['userId'],
  'invitation.accepted': ['userId'],
  'invitation.created': ['userId'],
  'link.refused': ['userId'],
  'one_time_link.shown': ['userId'],
  'owner.changed': ['userId'],
  'password.changed': ['userId'],
  'password.refused': ['userId'],
  'password_reset.completed': ['userId'],
  'password_reset.requested': ['userId'],
  'refresh_token.refused': ['sessionId'],
  'role.changed': ['roleId'],
  'role.created': ['roleId'],
  'role.deleted': ['roleId'],
  'service.started': [],
  'session.exposed': ['sessionId'],
  'session.refresh_replayed': ['sessionId'],
  'session.refreshed': ['sessionId'],
  'session.reuse_detected': ['sessionId'],
  'session.reuse_suspected': ['sessionId'],
  'session.revoked': ['sessionId'],
  'sign_in.failed': ['userId', 'apiKeyId'],
  'sign_in.throttled': ['userId'],
  'sign_up.repeated': ['userId'],
  'user.changed': ['userId'],
  'user.created': ['userId'],
  'user.deleted': ['userId'],
  'user.refused': [],
  'user.signed_in': ['sessionId'],
  'webhook.changed': ['webhookId'],
  'webhook.created': ['webhookId'],
  'webhook.deleted': ['webhookId'],
  'webhook.disabled': ['webhookId'],
  'webhook.redelivered': ['webhookId'],
  'webhook.rotated': ['webhookId'],
};

/** The names of all events that hosts and webhooks get. */
export const PUBLIC_EVENTS: readonly GatehouseEventName[] = (
  Object.keys(TARGETS) as EventName[]
).filter(isPublicEvent);

export function auditEntry(event: DomainEvent): AuditEntry {
  const { id, at, name, actorType, actorId, clientAddress, requestId } = event;
  const ids = event as Partial<Record<IdName, string>>;
  return {
    id,
    at,
    event: NAMES[name] ?? name,
    outcome: FAILURES.has(name) ? 'failure' : 'success',
    actorType,
    actorId,
    accountId: ids.accountId,
    targetId: TARGETS[name].map((fact) => ids[fact]).find((each) => each !== undefined),
    userId: ids.userId,
    apiKeyId: ids.apiKeyId,
    sessionId: ids.sessionId,
    clientAddress: clientAddress === undefined ? undefined : shownAddress(clientAddress),
    requestId,
    reason: reasonOf(event),
  };
}

function reasonOf(event: DomainEvent): string | undefined {
  const { reason } = event;
  if (event.name !== 'sign_in.throttled' || !event.refused) return reason;
  return `${reason ?? 'limited'}; refused since the last time: ${event.refused}`;
}
