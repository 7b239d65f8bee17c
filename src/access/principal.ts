/** Whoever a request speaks for, of one shape however it authenticated. */
export interface Principal {
  /** Id of the user or API key; with `accountId` and `type` what decisions rest on (S-73). */
  readonly id: string;
  readonly type: 'user' | 'api_key';
  readonly accountId: string;
  readonly role: string;
  /** The names that were granted, as a token carries them. */
  readonly granted: readonly string[];
  /** The granted names and all that they include. */
  readonly scopes: ReadonlySet<string>;
  /** The session behind an access token; `undefined` where an API key came by itself. */
  readonly sessionId: string | undefined;
  /** When the access token or API key ends, in ms since the epoch; `null` for a key without an end. */
  readonly expiresAt: number | null;
}
