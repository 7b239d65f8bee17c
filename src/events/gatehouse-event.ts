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

/** All events; the audit log alone is told of those that are named here. */
interface EventMap extends GatehouseEventMap {
  /** The user who made the key was demoted, deactivated or deleted, and the key stays. */
  'api_key.kept': ApiKeyHappening & { readonly userId: string };
  'password.refused': UserHappening;
  'session.refreshed': SessionHappening;
  'session.refresh_replayed': SessionHappening;
  'sign_in.failed': Omit<Happening, 'accountId'> & { readonly userId?: string | undefined };
  'user.refused': Happening;
}

export type EventName = keyof EventMap;

/** Facts for the audit log alone. */
interface AuditFacts {
  readonly clientAddress?: string;
  readonly reason?: string | undefined;
}

/** A published event. */
export type DomainEvent = {
  [Each in EventName]: EventMap[Each] & AuditFacts & { readonly name: Each };
}[EventName];

/** An event to publish: the bus adds the time. The audit log writes its facts in their order. */
export type NewEvent<Name extends EventName = EventName> = {
  [Each in Name]: Omit<EventMap[Each], 'at' | 'actorId'> &
    Partial<Pick<EventMap[Each], 'actorId'>> &
    AuditFacts & { readonly name: Each };
}[Name];

/** What a host is told of an event; `undefined` for what only the audit log is to know. */
export function hostEvent({
  clientAddress: _address,
  reason: _reason,
  ...event
}: DomainEvent): GatehouseEvent | undefined {
  const isForAudit =
    event.name === 'api_key.kept' ||
    event.name === 'password.refused' ||
    event.name === 'session.refreshed' ||
    event.name === 'session.refresh_replayed' ||
    event.name === 'sign_in.failed' ||
    event.name === 'user.refused';
  return isForAudit ? undefined : event;
}
