import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { asymmetricSigningKey, hmacSigningKey, publicJwks } from './signing-keys.js';

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('asymmetricSigningKey', () => {
  it.each([
    ['a larger curve', 'ES256', () => ec('P-384')],
    ['a curve of another family', 'ES256', () => ec('secp256k1')],
    ['an RSA key for ES256', 'ES256', () => rsa(2048)],
    ['an EC key for RS256', 'RS256', () => ec('P-256')],
    ['an RSA key of 1024 bits', 'RS256', () => rsa(1024)],
    ['an Ed25519 key', 'ES256', () => generateKeyPairSync('ed25519').privateKey],
  ] as const)('refuses %s (S-68)', (_, algorithm, makeKey) => {
    expect(() => asymmetricSigningKey(pem(makeKey()), algorithm)).toThrow(algorithm);
  });

  it('refuses a text that is not a private key (S-68)', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(() => asymmetricSigningKey(spki, 'ES256')).toThrow(/DECODER|PEM|unsupported/i);
    expect(() => asymmetricSigningKey('', 'ES256')).toThrow(/DECODER|PEM|unsupported/i);
  });
});

describe('hmacSigningKey', () => {
  it('refuses less than 256 bits (S-68)', () => {
    expect(() => hmacSigningKey(Buffer.alloc(31))).toThrow('256 bits');
    expect(hmacSigningKey(Buffer.alloc(32)).algorithm).toBe('HS256');
  });
});

describe('publicJwks', () => {
  it('shows public parameters only, and nothing of an HMAC key (S-76)', () => {
    const keys = [
      asymmetricSigningKey(pem(ec('P-256')), 'ES256'),
      asymmetricSigningKey(pem(rsa(2048)), 'RS256'),
      hmacSigningKey(Buffer.alloc(32)),
    ];
    const members = publicJwks(keys).map((jwk) => Object.keys(jwk).sort());
    expect(members).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
      ['alg', 'e', 'kid', 'kty', 'n', 'use'],
    ]);
  });
});
