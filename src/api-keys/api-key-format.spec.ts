import { describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import {
  API_KEY_PATTERN,
  derivedSecret,
  isWellFormed,
  newKey,
  newSecret,
  secretDigest,
} from './api-key-format.js';

describe('an API key', () => {
  const [key, secret] = [newKey(), newSecret()];

  it('is matched by the documented expression, as a whole and alone (S-80)', () => {
    const found = new RegExp(API_KEY_PATTERN, 'g');
    expect(`x="${key}.${secret}";`.match(found)).toEqual([`${key}.${secret}`]);
    expect(`${key}.${secret.slice(0, -1)}`).not.toMatch(found);
    expect(secret).toMatch(/^gths_[0-9a-f]{72}$/);
  });

  it('has 256 random bits after its own prefix (S-80)', () => {
    const secrets = Array.from({ length: 200 }, newSecret);
    expect(new Set(secrets).size).toBe(200);
    const hex = secrets.map((each) => each.slice(5, 69)).join('');
    expect(hex).toHaveLength(200 * 64);
    // Each of the 256 bits is 0 in some secrets and 1 in others.
    for (let bit = 0; bit < 256; bit++) {
      const values = secrets.map(
        (each) => (Buffer.from(each.slice(5, 69), 'hex')[bit >> 3] ?? 0) & (1 << (bit & 7)),
      );
      expect(new Set(values).size).toBe(2);
    }
  });

  it('carries a checksum that anyone can verify offline', () => {
    expect(Number.parseInt(secret.slice(-8), 16)).toBe(crc32(secret.slice(0, -8)));
    // Pinned, because issued secrets must stay valid.
    expect(isWellFormed(`gthk_${'0'.repeat(32)}`, `gths_${'0'.repeat(64)}fdaa6867`)).toBe(true);
  });

  it('is not well-formed with any one character changed', () => {
    expect(isWellFormed(key, secret)).toBe(true);
    for (let at = 0; at < secret.length; at++) {
      const other = secret[at] === '0' ? '1' : '0';
      expect(isWellFormed(key, secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false);
    }
  });

  it.each([
    ['', ''],
    [secret, key],
    [key, ''],
    [key, secret.toUpperCase()],
    [key, `${secret} `],
    [key, `${secret}\n`],
    [`${key}0`, secret],
    [key.slice(0, -1), secret],
  ])('is not well-formed as %j and %j', (one, other) => {
    expect(isWellFormed(one, other)).toBe(false);
  });

  it('is stored as SHA-256 (S-81)', () => {
    expect(secretDigest('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('derivedSecret', () => {
  const serverKey = Buffer.alloc(32, 1);
  const salt = Buffer.alloc(32, 2).toString('base64url');

  it('gives the same well-formed secret for the same parts', () => {
    const secret = derivedSecret(serverKey, salt, 'id uuid');
    expect(derivedSecret(serverKey, salt, 'id uuid')).toBe(secret);
    expect(isWellFormed(newKey(), secret)).toBe(true);
  });

  it('gives another secret when any part differs', () => {
    const secrets = [
      derivedSecret(serverKey, salt, 'id uuid'),
      derivedSecret(Buffer.alloc(32, 3), salt, 'id uuid'),
      derivedSecret(serverKey, Buffer.alloc(32, 3).toString('base64url'), 'id uuid'),
      derivedSecret(serverKey, salt, 'id other'),
    ];
    expect(new Set(secrets).size).toBe(4);
  });
});
