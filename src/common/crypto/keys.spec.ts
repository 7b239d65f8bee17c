import { describe, expect, it } from '@jest/globals';
import { constantTimeEqual } from './constant-time.js';
import { deriveSecrets } from './derived-secrets.js';
import { deriveKey, keyId, type KeyLabel } from './key-derivation.js';

describe('constantTimeEqual', () => {
  it.each([
    ['', 'a'],
    ['a', ''],
    ['a', 'aa'],
    ['a', 'b'],
    ['a', 'A'],
    ['a', 'a\0'],
    ['a'.repeat(31), 'a'.repeat(32)],
    ['a', 'a'.repeat(1_000_000)],
    ['é', 'e\u0301'],
  ])('distinguishes values of any two lengths without throwing (%#) (S-23)', (left, right) => {
    expect(constantTimeEqual(left, right)).toBe(false);
    expect(constantTimeEqual(Buffer.from(left), right)).toBe(false);
  });

  it('treats equal text and bytes as equal (S-23)', () => {
    expect(constantTimeEqual('', '')).toBe(true);
    expect(constantTimeEqual('geheim', 'geheim')).toBe(true);
    expect(constantTimeEqual(Buffer.from('geheim'), 'geheim')).toBe(true);
  });
});

describe('deriveKey', () => {
  const labels: KeyLabel[] = ['access token', 'refresh token', 'password pepper', 'key id'];

  it('derives a separate key of 256 bits for every label (S-201)', () => {
    const keys = labels.map((label) => deriveKey('one secret', label));
    expect(keys.map(({ length }) => length)).toEqual([32, 32, 32, 32]);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(4);
    expect(keys.some((key) => key.toString().includes('one secret'))).toBe(false);
  });

  it('derives the same key only from the same secret (S-201)', () => {
    for (const label of labels) {
      expect(deriveKey('one secret', label)).toEqual(deriveKey(Buffer.from('one secret'), label));
      expect(deriveKey('one secret', label)).not.toEqual(deriveKey('one secret ', label));
    }
  });
});

describe('deriveSecrets', () => {
  it('decrypts signing secrets of webhooks also after a root secret was added (S-201)', () => {
    const own = { accessToken: ['a'], refreshToken: ['r'], passwordPepper: ['p'] };
    const [before] = deriveSecrets({ ...own, root: [] }).webhookSecret;
    const after = deriveSecrets({ ...own, root: ['root'] }).webhookSecret;
    expect(after[0]).toEqual(deriveKey('root', 'webhook secret'));
    expect(after).toContainEqual(before);
  });
});

describe('keyId', () => {
  it('identifies a key and reveals nothing about it (S-201)', () => {
    const key = deriveKey('one secret', 'access token');
    expect(keyId(key)).toMatch(/^[0-9a-f]{16}$/);
    expect(keyId(key)).not.toBe(keyId(deriveKey('one secret', 'refresh token')));
    expect(key.toString('hex')).not.toContain(keyId(key));
  });
});
