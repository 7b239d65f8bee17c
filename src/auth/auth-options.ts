import type { SigningKey } from './access-tokens/signing-keys.js';
import type { ClaimsProvider } from './claims-provider.js';

/** How access tokens are issued and verified. */
export interface AuthOptions {
  /** The first one signs, all of them verify (S-75). */
  readonly signingKeys: readonly SigningKey[];
  readonly issuer: string;
  readonly audience: string;
  /** Lifetime of an access token, in ms; at most 24 h (S-64). */
  readonly accessTokenLifetimeMs: number;
  /** The host's own claims; `undefined` for none. */
  readonly claims: ClaimsProvider | undefined;
}

export const AUTH_OPTIONS = Symbol('gatehouse:auth-options');
