import { hkdfSync } from 'node:crypto';

/** One label per use, so that no key can stand in for another (RFC 5869 §3.2, S-201). */
export type KeyLabel =
  'access token' | 'refresh token' | 'password pepper' | 'api key secret' | 'cursor' | 'key id';

/** 256-bit key for one use, derived from a secret. */
export function deriveKey(secret: string | Uint8Array, label: KeyLabel): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `gatehouse ${label}`, 32));
}

/** Public name of a key: tells keys apart, tells nothing about them. */
export function keyId(key: Uint8Array): string {
  return deriveKey(key, 'key id').toString('hex').slice(0, 16);
}
