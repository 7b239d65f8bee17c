interface Happening {
  /** Time of the event, in ms since the epoch. */
  readonly at: number;
  readonly accountId: string;
  /** Id of the acting user or API key, or `application`; `undefined` for some events, such as a sign-in or a lapse. */
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
  /** The session belongs to this user or to this API key; the other id is `undefined`. */
  readonly userId: string | undefined;
  readonly apiKeyId: string | undefined;
}

/**
 * The events that a host can listen to. They carry ids; listeners run after the commit, so that they can read the rows
 * that the ids name.
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
  /** It ended because it was not used for 90 days. */
  'api_key.lapsed': ApiKeyHappening;
  /** It was sent over an unencrypted connection and revoked. */
  'api_key.exposed': ApiKeyHappening;
  'api_key.signed_in': ApiKeyHappening & { readonly sessionId: string };
  'session.revoked': SessionHappening;
  /** Its token was sent over an unencrypted connection, and the session was ended. */
  'session.exposed': SessionHappening;
  /**
   * A refresh carried an older access token: two clients may hold copies of one session. The refresh token was rotated,
   * so that only one of them can continue.
   */
  'session.reuse_suspected': SessionHappening;
  /** A replaced token was presented again, so that a copy of it exists; the session was ended. */
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

/** All events. Only the audit log receives those that are declared here. */
interface EventMap extends GatehouseEventMap {
  /** The user who created the key was demoted, deactivated or deleted, and the key stays. */
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

/** The part of an event that a host receives; `undefined` for an event of the audit log alone. */
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
