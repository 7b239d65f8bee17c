import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * What a secret scanner looks for: `key.secret` as one string. The secret's last eight digits are the CRC-32
 * of what stands before them in it, so that a find can be told from a look-alike without asking us (S-80).
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
 * A secret that the same parts give again: of a server key, a random salt of its own, and a name for what it
 * is for. None of them alone gives it.
 */
export function derivedSecret(key: Uint8Array, salt: string, purpose: string): string {
  const salted = Buffer.from(salt, 'base64url');
  return toSecret(Buffer.from(hkdfSync('sha256', key, salted, purpose, SECRET_BYTES)));
}

/** Whether a pair has the form of one we make; says nothing about whether we did. */
export function isWellFormed(key: string, secret: string): boolean {
  return (
    KEY_FORM.test(key) &&
    SECRET_FORM.test(secret) &&
    secret === withChecksum(secret.slice(0, -CHECKSUM_DIGITS))
  );
}

/** What the database keeps of a secret. */
export function secretDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function toSecret(bytes: Buffer): string {
  return withChecksum(`gths_${bytes.toString('hex')}`);
}

function withChecksum(text: string): string {
  return text + crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
