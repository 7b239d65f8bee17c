import type { AuditEvent } from '../logging/audit-event.js';

interface Happening {
  /** When, in ms since the epoch. */
  readonly at: number;
  readonly accountId: string;
  /** The user or API key that did it, or `application`; `undefined` where time or a stranger did. */
  readonly actorId: string | undefined;
}

interface UserHappening extends Happening {
  readonly userId: string;
}

interface RoleHappening extends Happening {
  readonly roleId: string;
}

interface ApiKeyHappening extends Happening {
  readonly apiKeyId: string;
}

interface SessionHappening extends Happening {
  readonly sessionId: string;
  /** Whose session: one of the two. */
  readonly userId: string | undefined;
  readonly apiKeyId: string | undefined;
}

/**
 * What a host can listen to, in ids: by the time it is told the transaction is committed, and what the ids
 * name can be read.
 *
 * @public
 */
export interface GatehouseEventMap {
  'account.created': UserHappening;
  'account.changed': Happening;
  'account.deleted': Happening;
  /** `userId` is the new owner. */
  'owner.changed': UserHappening;
  'user.created': UserHappening;
  'user.changed': UserHappening;
  'user.deleted': UserHappening;
  'user.signed_in': UserHappening & { readonly sessionId: string };
  'password.changed': UserHappening;
  'role.created': RoleHappening;
  'role.changed': RoleHappening;
  'role.deleted': RoleHappening;
  'api_key.created': ApiKeyHappening;
  'api_key.rotated': ApiKeyHappening;
  'api_key.revoked': ApiKeyHappening;
  /** Nobody used it for so long that it ended. */
  'api_key.lapsed': ApiKeyHappening;
  /** It crossed a network in the clear, and was revoked. */
  'api_key.exposed': ApiKeyHappening;
  'api_key.signed_in': ApiKeyHappening & { readonly sessionId: string };
  'session.revoked': SessionHappening;
  /** Its token crossed a network in the clear, and it was ended. */
  'session.exposed': SessionHappening;
  /**
   * An older access token came along with a refresh: two clients may hold copies of one session. Its refresh
   * token was rotated, so that one of them is left behind.
   */
  'session.reuse_suspected': SessionHappening;
  /** A token that had been replaced came again: somebody kept a copy, and the session was ended. */
  'session.reuse_detected': SessionHappening;
}

/**
 * Name of an event of {@link GatehouseEventMap}.
 *
 * @public
 */
export type GatehouseEventName = keyof GatehouseEventMap;

/**
 * An event with its name.
 *
 * @public
 */
export type GatehouseEvent<Name extends GatehouseEventName = GatehouseEventName> = {
  [Each in Name]: GatehouseEventMap[Each] & { readonly name: Each };
}[Name];

/** Audit events that are told to hosts under their own name. */
const TOLD: ReadonlySet<string> = new Set<GatehouseEventName>([
  'account.created',
  'account.changed',
  'account.deleted',
  'owner.changed',
  'user.created',
  'user.changed',
  'user.deleted',
  'password.changed',
  'role.created',
  'role.changed',
  'role.deleted',
  'api_key.created',
  'api_key.rotated',
  'api_key.revoked',
  'api_key.lapsed',
  'api_key.exposed',
  'session.revoked',
  'session.exposed',
  'session.reuse_suspected',
  'session.reuse_detected',
]);

/** What a host is told of an audit event; `undefined` for what only the audit is to know. */
export function eventOf(audit: AuditEvent, at: number): GatehouseEvent | undefined {
  const name = nameOf(audit);
  if (name === undefined || audit.accountId === undefined) return undefined;
  const { accountId, actorId, userId, apiKeyId, sessionId, targetId } = audit;
  const subject = name.startsWith('role.') ? { roleId: targetId } : { userId: userId ?? targetId };
  return { name, at, accountId, actorId, ...subject, apiKeyId, sessionId } as GatehouseEvent;
}

function nameOf({ event, userId }: AuditEvent): GatehouseEventName | undefined {
  if (event === 'sign_in.succeeded') return userId ? 'user.signed_in' : 'api_key.signed_in';
  return TOLD.has(event) ? (event as GatehouseEventName) : undefined;
}
