import { hkdfSync } from 'node:crypto';

/** One label per use, so that no key can stand in for another (RFC 5869 §3.2, S-201). */
export type KeyLabel =
  'access token' | 'refresh token' | 'password pepper' | 'api key secret' | 'cursor' | 'key id';

/** 256-bit key for one use, derived from a secret. */
export function deriveKey(secret: string | Uint8Array, label: KeyLabel): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `gatehouse ${label}`, 32));
}

/** In hexadecimal digits. */
export const KEY_ID_LENGTH = 16;

/** Public name of a key: tells keys apart, tells nothing about them. */
export function keyId(key: Uint8Array): string {
  return deriveKey(key, 'key id').toString('hex').slice(0, KEY_ID_LENGTH);
}

/** What is wrong with a text that is no key id. */
export const KEY_ID_FAULT = `must be a list of key ids, ${KEY_ID_LENGTH} hexadecimal digits each`;

export function isKeyId(text: string): boolean {
  return text.length === KEY_ID_LENGTH && /^[\da-f]*$/.test(text);
}
