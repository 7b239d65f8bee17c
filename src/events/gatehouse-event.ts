import type { Origin } from '../common/transport/request-facts.js';

interface Happening {
  /** UUID of the event, the same for each of its listeners, to recognise one that was processed before. */
  readonly id: string;
  /** Time of the event, in ms since the epoch. */
  readonly at: number;
  readonly accountId: string;
  /** Id of the acting user or API key; for any other actor the same as `actorType`. */
  readonly actorId: string;
  /** `application` is the host's own code, `system` Gatehouse itself, `anonymous` a client without a valid credential. */
  readonly actorType: 'user' | 'api_key' | 'application' | 'system' | 'anonymous';
}

/** Actors without a row. */
export const ANONYMOUS = { actorId: 'anonymous', actorType: 'anonymous' } as const;
export const APPLICATION = { actorId: 'application', actorType: 'application' } as const;
export const SYSTEM = { actorId: 'system', actorType: 'system' } as const;

interface UserHappening extends Happening {
  readonly userId: string;
}

interface RoleHappening extends Happening {
  readonly roleId: string;
}

interface WebhookHappening extends Happening {
  readonly webhookId: string;
}

interface ApiKeyHappening extends Happening {
  readonly apiKeyId: string;
}

/** What a one-time link was made for. The id of the link opens nothing. */
interface LinkHappening extends UserHappening {
  readonly linkId: string;
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
  /** Everything that is held about the account was read at once. */
  'account.exported': Happening;
  /** `userId` is the new owner. */
  'owner.changed': UserHappening;
  'user.created': UserHappening;
  'user.changed': UserHappening;
  'user.deleted': UserHappening;
  'user.signed_in': UserHappening & {
    readonly sessionId: string;
    /** Whether the user has signed in before, and never from this network within 90 days. */
    readonly isNewNetwork: boolean;
  };
  /** Somebody tried to open an account with the address of this user; `accountId` is the user's. */
  'sign_up.repeated': UserHappening;
  'invitation.created': LinkHappening;
  /** The user has set a password by an invitation. */
  'invitation.accepted': UserHappening;
  'password.changed': UserHappening;
  /** A link to set a password was made for the user. */
  'password_reset.requested': LinkHappening;
  /** The user has set a password by such a link; all sessions have ended. */
  'password_reset.completed': UserHappening;
  'email.verification_requested': LinkHappening;
  'email.verified': UserHappening;
  /** The user wants another address, which the link confirms. */
  'email.change_requested': LinkHappening;
  'email.changed': UserHappening;
  /** A link was shown to the actor instead of being sent. */
  'one_time_link.shown': LinkHappening;
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
  /**
   * Somebody has reported it as found elsewhere. `isRevoked` is `false` if only the secret before the last rotation was
   * found, within its overlap: then that secret has ended, and the key goes on.
   */
  'api_key.leaked': ApiKeyHappening & { readonly isRevoked: boolean };
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
  'webhook.created': WebhookHappening;
  'webhook.changed': WebhookHappening;
  'webhook.rotated': WebhookHappening;
  'webhook.deleted': WebhookHappening;
  /** Its receiver has answered that it is gone for good (410), and it was deactivated. */
  'webhook.disabled': WebhookHappening;
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

/** An event that may concern no account, such as a wrong password for an unknown address. */
type Unattributed = Omit<Happening, 'accountId'> & { readonly accountId?: string | undefined };

/** All events. Only the audit log receives those that are declared here. */
interface EventMap extends GatehouseEventMap {
  /** A request came with an access token that is not valid; one that has only expired is routine and no event. */
  'access_token.refused': Unattributed;
  /** A scope was missing, the owner is protected, or the target is not in the account of the actor. */
  'access.denied': Unattributed & { readonly targetId: string | undefined };
  /** The user who created the key was demoted, deactivated or deleted, and the key stays. */
  'api_key.kept': ApiKeyHappening & { readonly userId: string };
  /** Somebody has reported a text that is no live API key. */
  'api_key.leak_unfounded': Unattributed;
  /** A request came with an API key that is not valid. The id is that of its public half, if it is known. */
  'api_key.refused': Unattributed & { readonly apiKeyId: string | undefined };
  /** A one-time link was presented that is unknown, used, expired or void; the id is that of its user, if it is known. */
  'link.refused': Unattributed & { readonly userId?: string | undefined };
  'password.refused': UserHappening;
  /** The session is the one that the token names. */
  'refresh_token.refused': Unattributed & { readonly sessionId: string | undefined };
  /** An instance has started; the reason names the settings that are not the default, without their values. */
  'service.started': Unattributed;
  'session.refreshed': SessionHappening;
  'session.refresh_replayed': SessionHappening;
  /** The ids are those of the user or key that was named, if it is known. */
  'sign_in.failed': Unattributed & {
    readonly userId?: string | undefined;
    readonly apiKeyId?: string | undefined;
  };
  /**
   * A delay for an address or the limit of a network has begun; the ids are those of the user who is named, if there is
   * one. What it refuses is counted by the next one, and is no event of its own (S-147).
   */
  'sign_in.throttled': Unattributed & {
    readonly userId?: string | undefined;
    readonly refused?: number | undefined;
  };
  'user.refused': Happening;
  /** A delivery of the webhook was sent again. */
  'webhook.redelivered': WebhookHappening;
}

export type EventName = keyof EventMap;

/**
 * Events that only the log shows: a refresh is routine (S-147), and a client without any valid credential can cause the
 * others as often as it likes, so that storing them would burden the database.
 */
export type RoutineEventName =
  'access_token.refused' | 'refresh_token.refused' | 'session.refreshed';

/** Facts for the audit log alone. An event without an origin is caused by no request. */
interface AuditFacts extends Partial<Origin> {
  readonly reason?: string | undefined;
}

/** A published event. */
export type DomainEvent = {
  [Each in EventName]: EventMap[Each] & AuditFacts & { readonly name: Each };
}[EventName];

/** An event to publish: the bus adds id and time. */
export type NewEvent<Name extends EventName = EventName> = {
  [Each in Name]: Omit<EventMap[Each], 'id' | 'at'> & AuditFacts & { readonly name: Each };
}[Name];

const FOR_AUDIT_ONLY: Readonly<Record<Exclude<EventName, GatehouseEventName>, true>> = {
  'access.denied': true,
  'access_token.refused': true,
  'api_key.kept': true,
  'api_key.leak_unfounded': true,
  'api_key.refused': true,
  'link.refused': true,
  'password.refused': true,
  'refresh_token.refused': true,
  'service.started': true,
  'session.refreshed': true,
  'session.refresh_replayed': true,
  'sign_in.failed': true,
  'sign_in.throttled': true,
  'user.refused': true,
  'webhook.redelivered': true,
};

/** The part of an event that a host receives; `undefined` for an event of the audit log alone. */
export function hostEvent({
  clientAddress: _address,
  requestId: _request,
  reason: _reason,
  ...event
}: DomainEvent): GatehouseEvent | undefined {
  return isPublicEvent(event.name) ? (event as GatehouseEvent) : undefined;
}

/** Whether hosts and webhooks get events of that name. */
export function isPublicEvent(name: EventName): name is GatehouseEventName {
  return !Object.hasOwn(FOR_AUDIT_ONLY, name);
}
