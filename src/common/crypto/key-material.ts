import { decoded, withoutPercentEncoding } from './encodings.js';

const FAULT = 'must be random bits of its own, not a key, certificate, token or encoded text';

/** PEM, JSON (a JWK), a JWT, and keys as OpenSSH, age and PuTTY write them. */
const WRITTEN =
  /-----|^(?:\{"|\[["{]|".*"$)|^eyJ[\w-]*\.|^(?:sk-)?(?:ssh-|ecdsa-sha2-)|AGE-SECRET-KEY|PuTTY/i;
const OPENSSH = /^(?:\0\0\0.(?:sk-)?(?:ssh-|ecdsa-sha2-)|openssh-key-v1\0)/s;
const GRAPHIC = /^[!-~]*$/;
const PRINTABLE = /^[\t\n\r -~]+$/;
/** A generated password may hold one or two of them by chance. */
const PERCENT_ENCODED = /(?:%[\da-f]{2}.*){3}/i;
/** How many nested encodings are decoded; deeper ones count as a fault. */
const MAX_DEPTH = 4;

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * The fault of a secret that is key material: a public key or certificate is known to everybody, and a private key has
 * another use (S-68).
 */
export function keyMaterialFault(secret: string, depth = 0): string | undefined {
  if (WRITTEN.test(secret)) return FAULT;
  const plain = withoutPercentEncoding(secret);
  if (plain !== secret) {
    const isByChance = !GRAPHIC.test(plain) && !PERCENT_ENCODED.test(secret);
    return isByChance ? undefined : innerFault(plain, depth);
  }
  const bytes = decoded(secret);
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (isDer(bytes) || OPENSSH.test(bytes.toString('latin1'))) return FAULT;
  // 32 random bytes are all printable once in 10¹³ times, so this is encoded text.
  const text = bytes.toString('latin1');
  return bytes.length >= 16 && PRINTABLE.test(text) ? innerFault(text.trim(), depth) : undefined;
}

/** Checks encoded text, which may itself encode random bits, as `openssl rand -hex 32 | base64` prints. */
function innerFault(text: string, depth: number): string | undefined {
  if (depth === MAX_DEPTH || !GRAPHIC.test(text)) return FAULT;
  return keyMaterialFault(text, depth + 1);
}

/** Whether the bytes are one ASN.1 sequence that begins with an integer or another sequence, as every key does. */
function isDer(bytes: Buffer): boolean {
  const [tag, length = 0] = bytes;
  if (tag !== SEQUENCE) return false;
  const lengthBytes = length < 0x80 ? 0 : length - 0x80;
  if (lengthBytes > 4 || bytes.length < 3 + lengthBytes) return false;
  const content = lengthBytes === 0 ? length : bytes.readUIntBE(2, lengthBytes);
  const first = bytes[2 + lengthBytes];
  return content === bytes.length - 2 - lengthBytes && (first === INTEGER || first === SEQUENCE);
}
