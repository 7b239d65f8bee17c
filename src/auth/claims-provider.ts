/** The user or API key that a token is made for; a host's claims may depend on it. */
export interface TokenHolder {
  /** Id of the user or API key. */
  readonly id: string;
  readonly type: 'user' | 'api_key';
  readonly accountId: string;
  readonly role: string;
  /** The names that the token carries. */
  readonly scope: readonly string[];
  readonly sessionId: string;
}

/**
 * Gives a host's own claims for a token in the making: JSON, and readable by whoever holds the token. Called at
 * every sign-in and refresh; what it throws refuses the grant with 50001.
 *
 * @example async ({ accountId }) => ({ plan: await plans.of(accountId) })
 * @public
 */
export type ClaimsProvider = (
  holder: TokenHolder,
) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
