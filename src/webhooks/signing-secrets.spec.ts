import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { SigningSecrets } from './signing-secrets.js';

const [first, second] = [randomBytes(32), randomBytes(32)];
const secrets = (...secretKeys: Uint8Array[]) => new SigningSecrets({ networks: [], secretKeys });

describe('SigningSecrets', () => {
  const id = randomUUID();
  const old = secrets(first);
  const secret = old.create();
  const sealed = old.seal(secret, id);

  it('gives a secret back, which its ciphertext does not show', () => {
    expect(old.open(sealed, id)).toBe(secret);
    expect(sealed).not.toContain(secret.slice('whsec_'.length, 20));
    expect(old.seal(secret, id)).not.toBe(sealed);
    expect(sealed.length).toBeLessThanOrEqual(128);
  });

  it('gives nothing without the key, for another webhook, or for a changed text', () => {
    expect(secrets(second).open(sealed, id)).toBeUndefined();
    expect(old.open(sealed, randomUUID())).toBeUndefined();
    expect(old.open(`${sealed.slice(0, -2)}AA`, id)).toBeUndefined();
    for (const text of ['', '.', old.currentPrefix, `${old.currentPrefix}AAAA`, `${sealed}AAAA`]) {
      expect(old.open(text, id)).toBeUndefined();
    }
  });

  it('encrypts under the first key, and decrypts under each', () => {
    const rotated = secrets(second, first);
    expect(rotated.open(sealed, id)).toBe(secret);
    expect(sealed.startsWith(rotated.currentPrefix)).toBe(false);
    expect(secrets(second).open(rotated.seal(secret, id), id)).toBe(secret);
  });
});
