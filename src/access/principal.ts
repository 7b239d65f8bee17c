/** Whoever acts on an account: the principal of a request, or the application itself. */
export interface Actor {
  /** Id of the user or API key; `application` for the host's own code. */
  readonly id: string;
  readonly type: 'user' | 'api_key' | 'application';
  readonly accountId: string;
  readonly role: string;
  /** The granted names and all that they include. */
  readonly scopes: ReadonlySet<string>;
}

/**
 * Whoever a request speaks for, of one shape however it authenticated. Decisions rest on `id`, `accountId` and
 * `type` (S-73).
 *
 * @public
 */
export interface Principal extends Actor {
  readonly type: 'user' | 'api_key';
  /** The names that were granted, as a token carries them. */
  readonly granted: readonly string[];
  /** The session behind an access token; `undefined` where an API key came by itself. */
  readonly sessionId: string | undefined;
  /** When the access token or API key ends, in ms since the epoch; `null` for a key without an end. */
  readonly expiresAt: number | null;
  /** The host's own claims in the access token; empty where an API key came by itself. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The host's own code. */
export interface ApplicationActor extends Actor {
  readonly type: 'application';
}

/** Everybody who acts, told apart by `type`. */
export type AnyActor = Principal | ApplicationActor;

/** The host's own code, which may do in an account what its owner may. */
export function applicationActor(accountId: string, scopes: ReadonlySet<string>): ApplicationActor {
  return { id: 'application', type: 'application', accountId, role: 'owner', scopes };
}
