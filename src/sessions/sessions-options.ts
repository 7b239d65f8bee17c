/** How sessions are refreshed and how they end. */
export interface SessionsOptions {
  /** Keys that refresh tokens are derived with: the first derives new ones, all verify. At least 256 bits each. */
  readonly refreshTokenKeys: readonly Uint8Array[];
  /** Lifetime from the grant, in ms; at most 30 days (S-64). */
  readonly lifetimeMs: number;
  /** `auto`: the pair of refresh and access token rotates (contract §3), as clients of the SMTPD authentication API need. */
  readonly rotation: 'auto' | 'on' | 'off';
  /** How long after a step the previous tokens still get the current pair, in ms; 0 disables this. */
  readonly reuseGraceMs: number;
  /** Live sessions that a user may have; a new grant ends the oldest beyond this limit. */
  readonly maxSessions: number;
  /** The same limit for an API key. */
  readonly maxApiKeySessions: number;
}

export const SESSIONS_OPTIONS = Symbol('gatehouse:sessions-options');
