import { describe, expect, it } from '@jest/globals';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { newKey } from '../../../test/support/access-tokens.js';
import { asymmetricSigningKey, hmacSigningKey, publicJwks } from './signing-keys.js';

const PRIVATE_PEM = { type: 'pkcs8', format: 'pem' } as const;
const ecPem = newKey.ec();
const rsaPem = newKey.rsa();

describe('hmacSigningKey', () => {
  it.each([0, 1, 16, 31])('refuses a secret of %d bytes (S-68)', (length) => {
    expect(() => hmacSigningKey(Buffer.alloc(length, 1))).toThrow(/256 bits/);
  });

  it('accepts 32 bytes, and gives an id that does not reveal them (S-68)', () => {
    const secret = Buffer.alloc(32, 1);
    const { id } = hmacSigningKey(secret);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(secret.toString('hex')).not.toContain(id);
    expect(hmacSigningKey(Buffer.alloc(32, 2)).id).not.toBe(id);
  });
});

describe('asymmetricSigningKey', () => {
  const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(
    PRIVATE_PEM,
  );
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export(PRIVATE_PEM);
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey.export(
    PRIVATE_PEM,
  );
  const ec = (namedCurve: string) =>
    generateKeyPairSync('ec', { namedCurve }).privateKey.export(PRIVATE_PEM);

  it.each([
    ['RSA of 1024 bits', rsa1024, 'RS256'],
    ['an EC key', ecPem, 'RS256'],
    ['an RSA-PSS key', pss, 'RS256'],
    ['an Ed25519 key', ed25519, 'RS256'],
    ['an RSA key', rsaPem, 'ES256'],
    ['an Ed25519 key', ed25519, 'ES256'],
    ['a key on P-224', ec('secp224r1'), 'ES256'],
    ['a key on P-384', ec('secp384r1'), 'ES256'],
    ['a key on secp256k1', ec('secp256k1'), 'ES256'],
    ['nothing', '', 'ES256'],
    ['no PEM', 'not a key', 'RS256'],
    ['a public key', createPublicKey(rsaPem).export({ type: 'spki', format: 'pem' }), 'RS256'],
    ['a public key', createPublicKey(ecPem).export({ type: 'spki', format: 'pem' }), 'ES256'],
  ] as const)('refuses %s (%#) (S-68)', (_, pem, algorithm) => {
    expect(() => asymmetricSigningKey(pem.toString(), algorithm)).toThrow(/needs|DECODER/);
  });

  it('accepts the older encodings of a private key (S-68)', () => {
    const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pkcs1 = rsa.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(asymmetricSigningKey(pkcs1, 'RS256').algorithm).toBe('RS256');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sec1 = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    expect(asymmetricSigningKey(sec1, 'ES256').algorithm).toBe('ES256');
  });

  it('gives a key the same id at every start, and two keys different ids (S-75)', () => {
    expect(asymmetricSigningKey(ecPem, 'ES256').id).toBe(asymmetricSigningKey(ecPem, 'ES256').id);
    expect(asymmetricSigningKey(newKey.ec(), 'ES256').id).not.toBe(
      asymmetricSigningKey(ecPem, 'ES256').id,
    );
  });
});

describe('publicJwks', () => {
  it('shows public parameters only, with kid, alg and use (S-76)', () => {
    const keys = [asymmetricSigningKey(ecPem, 'ES256'), asymmetricSigningKey(rsaPem, 'RS256')];
    const [ec = {}, rsa = {}] = publicJwks(keys);
    expect(Object.keys(ec).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(Object.keys(rsa).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect([ec, rsa]).toMatchObject([
      { alg: 'ES256', use: 'sig', kid: keys[0]?.id },
      { alg: 'RS256', use: 'sig', kid: keys[1]?.id },
    ]);
  });

  it('shows nothing of an HMAC key (S-76)', () => {
    expect(publicJwks([hmacSigningKey(Buffer.alloc(32, 1))])).toEqual([]);
  });
});
