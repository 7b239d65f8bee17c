/** Purposes of the keys that are recorded in the database. */
export const KEY_PURPOSES = [
  'password_pepper',
  'refresh_token',
  'webhook_secret',
  'access_token',
] as const;

export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Public ids of the keys that are set. */
export interface KeysOptions {
  /** By purpose: the first key makes new values, all keys check them; empty if the application uses none. */
  readonly keyIds: Readonly<Record<KeyPurpose, readonly string[]>>;
  /** Ids of keys whose loss is accepted, together with the rows that depend on them. */
  readonly acceptLost: readonly string[];
}

export const KEYS_OPTIONS = Symbol('gatehouse:keys-options');
