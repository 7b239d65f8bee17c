/** How API keys are made and how many there may be. */
export interface ApiKeysOptions {
  /** Keys that repeatable secrets are derived with; the first makes, all find again. */
  readonly secretKeys: readonly Uint8Array[];
  /** Live keys an account may have (S-91). */
  readonly maxPerAccount: number;
  /** Live keys one user or key may have made (S-91). */
  readonly maxPerCreator: number;
}

export const API_KEYS_OPTIONS = Symbol('gatehouse:api-keys-options');
