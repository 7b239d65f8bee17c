import { createHash, randomBytes } from 'node:crypto';
import { keyMaterialFault } from './key-material.js';
import { randomBits } from './random-bits.js';

const MIN_BITS = 256;
const MAX_LENGTH = 1024;
/** A random value of this size has more distinct characters; `aaaa…` and `0101…` have fewer. */
const MIN_DISTINCT_CHARACTERS = 10;

/** Parts of secrets that documentation and samples commonly show. */
const SAMPLES =
  /secret|password|change.?me|example|sample|gatehouse|your.?256|0123456789|abcdefgh|qwerty|placeholder|default|insecure|development/i;
/** SHA-256 of the keys of RFC 7515 §A.1 and RFC 7520 §3.5, which are random but published. */
const PUBLISHED: ReadonlySet<string> = new Set([
  '8b1b17a9740c068accab5c3d0d652c8e3cc13206e70bb73b42ea41d4c2de3c12',
  '0330b11998cbc9abd5a585e755cb5df2f73f1a5632fdcc2abb19e05e3eceddb9',
]);

/**
 * Describes the fault of a secret without repeating the secret (S-68, S-154).
 *
 * The value must encode random bits of its own: in hexadecimal, in base64 or as a password generator does. The decoded
 * bits count, without padding, separators and repetition.
 */
export function secretFault(secret: unknown): string | undefined {
  if (typeof secret !== 'string') return 'must be text';
  if (/[^\u0021-\u007e]/.test(secret)) {
    return 'must be one piece of ASCII, without white space or line ends';
  }
  if (secret.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  const fault = keyMaterialFault(secret);
  if (fault !== undefined) return fault;
  if (SAMPLES.test(secret) || PUBLISHED.has(createHash('sha256').update(secret).digest('hex')))
    return 'must not be a value from documentation';
  if (randomBits(secret) < MIN_BITS) return `must hold at least ${MIN_BITS} random bits`;
  return new Set(secret).size < MIN_DISTINCT_CHARACTERS ? 'must be random' : undefined;
}

/** A strong secret, in characters that need no quotes in a shell or in `.env`. */
export function newSecret(): string {
  return randomBytes(48).toString('base64url');
}

/**
 * Finds the first setting that shares a value with an earlier one: it would be one key for two uses (S-201).
 */
export function findSharedSecret<Name extends string>(
  settings: Readonly<Record<Name, readonly string[] | undefined>>,
): Name | undefined {
  const seen = new Set<string>();
  for (const [name, list] of Object.entries(settings) as [Name, readonly string[] | undefined][]) {
    const values = new Set(list);
    if ([...values].some((value) => seen.has(value))) return name;
    for (const value of values) seen.add(value);
  }
  return undefined;
}
