/** How sessions live and end. */
export interface SessionsOptions {
  /** Keys that refresh tokens are derived with; the first makes, all check. At least 256 bits each. */
  readonly refreshTokenKeys: readonly Uint8Array[];
  /** Lifetime from the grant, in ms; at most 30 days (S-64). */
  readonly lifetimeMs: number;
  /** `auto`: the pair of refresh and access token rotates (contract §3), as clients of the SMTPD authentication API need. */
  readonly rotation: 'auto' | 'on' | 'off';
  /** How long after a step the tokens before it give the current pair, in ms; 0: not at all. */
  readonly reuseGraceMs: number;
  /** Live sessions a user may have; a new grant ends the oldest beyond that. */
  readonly maxSessions: number;
  /** The same of an API key. */
  readonly maxApiKeySessions: number;
}

export const SESSIONS_OPTIONS = Symbol('gatehouse:sessions-options');
