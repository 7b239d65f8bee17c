import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { keyId } from '../../common/crypto/key-derivation.js';

export type SigningAlgorithm = 'HS256' | 'ES256' | 'RS256';

/** A key that is bound to one algorithm, so that a public key can never serve as an HMAC secret (S-65, S-66). */
export interface SigningKey {
  /** The `kid` of every token that the key signs. */
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  /** A KeyObject, because parsing a string at every use costs 60 times as much as the check itself. */
  readonly signWith: KeyObject;
  readonly verifyWith: KeyObject;
}

/** The JWKS entry of an asymmetric key. */
export interface PublicJwk extends JsonWebKey {
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
}

const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;

/** @throws Error when the secret is shorter than 256 bits (RFC 7518 §3.2, S-68) */
export function hmacSigningKey(secret: Uint8Array): SigningKey {
  if (secret.length < MIN_SECRET_BYTES) throw new Error('an HS256 secret needs 256 bits');
  const key = createSecretKey(secret);
  return { id: keyId(secret), algorithm: 'HS256', signWith: key, verifyWith: key };
}

/**
 * @param pem private key in PKCS#8, PKCS#1 or SEC1
 * @throws Error when the key does not fit the algorithm or is too weak (S-68)
 */
export function asymmetricSigningKey(pem: string, algorithm: 'ES256' | 'RS256'): SigningKey {
  const signWith = createPrivateKey(pem);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = signWith;
  if (algorithm === 'ES256' && (type !== 'ec' || details?.namedCurve !== 'prime256v1')) {
    throw new Error('ES256 needs an EC key on P-256');
  }
  if (algorithm === 'RS256' && (type !== 'rsa' || (details?.modulusLength ?? 0) < MIN_RSA_BITS)) {
    throw new Error(`RS256 needs an RSA key of at least ${MIN_RSA_BITS} bits`);
  }
  const verifyWith = createPublicKey(signWith);
  const der = verifyWith.export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(der).digest('base64url').slice(0, 16);
  return { id, algorithm, signWith, verifyWith };
}

/** Public parameters only; an HMAC key has none (S-76). */
export function publicJwks(keys: readonly SigningKey[]): PublicJwk[] {
  return keys
    .filter(({ algorithm }) => algorithm !== 'HS256')
    .map(({ id, algorithm, verifyWith }) =>
      Object.assign(verifyWith.export({ format: 'jwk' }), {
        kid: id,
        alg: algorithm,
        use: 'sig' as const,
      }),
    );
}
