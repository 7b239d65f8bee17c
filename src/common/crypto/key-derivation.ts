import { hkdfSync } from 'node:crypto';

/** One label per use, so that no key is valid for another use (RFC 5869 §3.2, S-201). */
export type KeyLabel =
  | 'access token'
  | 'refresh token'
  | 'password pepper'
  | 'api key secret'
  | 'audit seal'
  | 'cursor'
  | 'one-time link'
  | 'sign-in network'
  | 'throttling'
  | 'webhook secret'
  | 'key id';

/** Derives the 256-bit key for one use from a secret. */
export function deriveKey(secret: string | Uint8Array, label: KeyLabel): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `gatehouse ${label}`, 32));
}

/** Length of a key id, in hexadecimal digits. */
export const KEY_ID_LENGTH = 16;

/** Public id of a key: it identifies the key and reveals nothing about it. */
export function keyId(key: Uint8Array): string {
  return deriveKey(key, 'key id').toString('hex').slice(0, KEY_ID_LENGTH);
}

/** Message for a list that holds a text which is no key id. */
export const KEY_ID_FAULT = `must be a list of key ids, ${KEY_ID_LENGTH} hexadecimal digits each`;

export function isKeyId(text: string): boolean {
  return text.length === KEY_ID_LENGTH && /^[\da-f]*$/.test(text);
}
