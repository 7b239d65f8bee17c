export interface SealOptions {
  /** Keys of the seals: the first one makes, all of them check. */
  readonly keys: readonly Uint8Array[];
  /** Ids of keys that are not set any more, whose rows may stay unchecked. */
  readonly acceptLost: readonly string[];
}

export const SEAL_OPTIONS = Symbol('gatehouse:seal-options');
