import type { Origin } from '../common/transport/request-facts.js';

/**
 * The verified caller of a request, in one shape for every kind of credential. Decisions rest on `id`,
 * `accountId` and `type` (S-73).
 *
 * @public
 */
export interface Principal {
  /** Id of the user or API key. */
  readonly id: string;
  readonly type: 'user' | 'api_key';
  readonly accountId: string;
  readonly role: string;
  /** The granted names and all that they include. */
  readonly scopes: ReadonlySet<string>;
  /** The names that were granted, as a token carries them. */
  readonly granted: readonly string[];
  /** The session of the access token; `undefined` when the credential is an API key itself. */
  readonly sessionId: string | undefined;
  /** When the access token or API key ends, in ms since the epoch; `null` for a key without an end. */
  readonly expiresAt: number | null;
  /** The host's own claims in the access token; empty when the credential is an API key itself. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A principal with the request by which it acts. */
export interface Caller extends Principal {
  /** As it was verified: all requests with the same credential share it. */
  readonly principal: Principal;
  readonly origin: Origin;
}

/** The author of a change: the principal of a request, or the host's own code, which may do what an owner may. */
export type Actor =
  | Principal
  | Caller
  | {
      readonly id: 'application';
      readonly type: 'application';
      readonly accountId: string;
      readonly role: 'owner';
      readonly scopes: ReadonlySet<string>;
    };

/** The facts of an event about its author: account, actor and, if there is one, the request (S-148). */
export function by(actor: Actor) {
  const { accountId, id: actorId, type: actorType } = actor;
  return { accountId, actorId, actorType, ...('origin' in actor && actor.origin) };
}

export function applicationActor(accountId: string, scopes: ReadonlySet<string>): Actor {
  return { id: 'application', type: 'application', accountId, role: 'owner', scopes };
}
