/** How secrets of API keys are derived, and how many keys may exist. */
export interface ApiKeysOptions {
  /** Keys that repeatable secrets are derived with: the first for new secrets, all for repeated requests. */
  readonly secretKeys: readonly Uint8Array[];
  /** Live keys that an account may have (S-91). */
  readonly maxPerAccount: number;
  /** Live keys that one user or key may have created (S-91). */
  readonly maxPerCreator: number;
}

export const API_KEYS_OPTIONS = Symbol('gatehouse:api-keys-options');
