/** The user or API key that a token is issued for; a host's claims may depend on it. */
export interface TokenHolder {
  /** Id of the user or API key. */
  readonly id: string;
  readonly type: 'user' | 'api_key';
  readonly accountId: string;
  readonly role: string;
  /** The scope names in the token. */
  readonly scope: readonly string[];
  readonly sessionId: string;
}

/**
 * Provides a host's own claims for a new token. They must be JSON, and every holder of the token can read them. The
 * function is called at every sign-in and refresh; an error refuses the grant with 50001.
 *
 * @example async ({ accountId }) => ({ plan: await plans.of(accountId) })
 * @public
 */
export type ClaimsProvider = (
  holder: TokenHolder,
) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
