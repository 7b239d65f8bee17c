/** What a key is for, as far as anything outlives the loss of it. */
export const KEY_PURPOSES = ['password_pepper', 'refresh_token', 'access_token'] as const;

export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Public ids of the keys that are set. */
export interface KeysOptions {
  /** By purpose; the first makes, all check; empty where the application does without. */
  readonly keyIds: Readonly<Record<KeyPurpose, readonly string[]>>;
  /** Keys whose loss is meant: what rests on them is given up. */
  readonly acceptLost: readonly string[];
}

export const KEYS_OPTIONS = Symbol('gatehouse:keys-options');
