import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * The pattern that a secret scanner looks for: `key.secret` as one string. The last eight digits of the secret are the
 * CRC-32 of the characters before them in the secret, so that a scanner can verify a match offline (S-80).
 *
 * @public
 */
export const API_KEY_PATTERN = String.raw`gthk_[0-9a-f]{32}\.gths_[0-9a-f]{72}`;

const KEY_FORM = /^gthk_[0-9a-f]{32}$/;
const SECRET_FORM = /^gths_[0-9a-f]{72}$/;
const CHECKSUM_DIGITS = 8;
const SECRET_BYTES = 32;

/** The public half of a new key. */
export function newKey(): string {
  return `gthk_${randomBytes(16).toString('hex')}`;
}

/** A secret of 256 random bits. */
export function newSecret(): string {
  return toSecret(randomBytes(SECRET_BYTES));
}

/**
 * Derives a secret from a server key, a random salt and the name of its purpose. The same parts give the same secret
 * again; no part alone is enough.
 */
export function derivedSecret(key: Uint8Array, salt: string, purpose: string): string {
  const salted = Buffer.from(salt, 'base64url');
  return toSecret(Buffer.from(hkdfSync('sha256', key, salted, purpose, SECRET_BYTES)));
}

/** Whether a pair has the form of a generated one; this does not show that the pair was issued. */
export function isWellFormed(key: string, secret: string): boolean {
  return (
    KEY_FORM.test(key) &&
    SECRET_FORM.test(secret) &&
    secret === withChecksum(secret.slice(0, -CHECKSUM_DIGITS))
  );
}

/** The halves of `key.secret` where both have the form of generated ones; `undefined` for any other text. */
export function parseApiKey(
  text: string,
): { readonly key: string; readonly secret: string } | undefined {
  const [key = '', secret = '', ...rest] = text.split('.');
  return rest.length === 0 && isWellFormed(key, secret) ? { key, secret } : undefined;
}

/** The digest of a secret that the database stores. */
export function secretDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function toSecret(bytes: Buffer): string {
  return withChecksum(`gths_${bytes.toString('hex')}`);
}

function withChecksum(text: string): string {
  return text + crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
