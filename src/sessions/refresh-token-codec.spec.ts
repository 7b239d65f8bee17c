import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { RefreshTokenCodec } from './refresh-token-codec.js';

const KEY = Buffer.alloc(32, 1);
const SALT = Buffer.alloc(32, 2).toString('base64url');
const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const codec = new RefreshTokenCodec([KEY]);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Whether the codec accepts the text as a token of the session with that salt. */
function accepts(text: string, salt = SALT, by = codec): boolean {
  const presented = by.parse(text);
  return presented !== undefined && by.isAuthentic(presented, salt);
}

const secretOf = (token: string) => Buffer.from(token, 'base64url').subarray(20);

describe('RefreshTokenCodec', () => {
  it('issues 128 characters of base64url that it accepts (S-44)', () => {
    for (const generation of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      const token = codec.issue(ID, generation, SALT);
      expect(token).toMatch(/^[A-Za-z0-9_-]{128}$/);
      expect(codec.parse(token)).toEqual({ text: token, sessionId: ID, generation });
      expect(accepts(token)).toBe(true);
    }
  });

  it('issues the same token again for the same row (S-52)', () => {
    expect(codec.issue(ID, 3, SALT)).toBe(new RefreshTokenCodec([KEY]).issue(ID, 3, SALT));
  });

  it('derives 76 bytes that change as a whole with id, generation, salt and key (S-44, S-45)', () => {
    const base = secretOf(codec.issue(ID, 0, SALT));
    expect(base).toHaveLength(76);
    const others = [
      codec.issue(ID, 1, SALT),
      codec.issue('1f8fad5b-d9cb-469f-a165-70867728950e', 0, SALT),
      codec.issue(ID, 0, Buffer.alloc(32, 3).toString('base64url')),
      new RefreshTokenCodec([Buffer.alloc(32, 4)]).issue(ID, 0, SALT),
    ].map((token) => secretOf(token));
    for (const other of others) {
      const same = base.filter((byte, index) => byte === other[index]).length;
      expect(same).toBeLessThan(10);
    }
  });

  it('never issues one token twice (S-44)', () => {
    const tokens = Array.from({ length: 500 }, () =>
      codec.issue(randomUUID(), 0, randomBytes(32).toString('base64url')),
    );
    expect(new Set(tokens).size).toBe(500);
  });

  it('refuses a token under another salt or another key (S-45)', () => {
    const token = codec.issue(ID, 0, SALT);
    expect(accepts(token, Buffer.alloc(32, 3).toString('base64url'))).toBe(false);
    expect(accepts(token, '')).toBe(false);
    expect(accepts(token, SALT, new RefreshTokenCodec([Buffer.alloc(32, 9)]))).toBe(false);
  });

  it('refuses a token with any one bit flipped (S-45)', () => {
    const bytes = Buffer.from(codec.issue(ID, 0, SALT), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(accepts(flipped.toString('base64url'))).toBe(false);
    }
  });

  it('refuses a token with any one character changed: the comparison is byte-exact (S-45)', () => {
    const token = codec.issue(ID, 0, SALT);
    for (let index = 0; index < token.length; index++) {
      const at = ALPHABET.indexOf(token[index] ?? '');
      const changed = token.slice(0, index) + ALPHABET[(at + 1) % 64] + token.slice(index + 1);
      expect(accepts(changed)).toBe(false);
    }
    expect(accepts(token.toLowerCase())).toBe(false);
    expect(accepts(token.toUpperCase())).toBe(false);
  });

  it('accepts nothing that the row holds or that is derived from it without the key (S-45)', () => {
    const head = Buffer.from(codec.issue(ID, 0, SALT), 'base64url').subarray(0, 20);
    const salt = Buffer.from(SALT, 'base64url');
    const fromRow = [
      ID,
      SALT,
      SALT.repeat(3).slice(0, 128),
      Buffer.concat([head, Buffer.alloc(76)]).toString('base64url'),
      Buffer.concat([head, salt, salt, salt.subarray(0, 12)]).toString('base64url'),
      new RefreshTokenCodec([Buffer.alloc(0)]).issue(ID, 0, SALT),
      new RefreshTokenCodec([salt]).issue(ID, 0, SALT),
    ];
    expect(fromRow.filter((text) => accepts(text))).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['127 characters', 'A'.repeat(127)],
    ['129 characters', 'A'.repeat(129)],
    ['a line feed at the end', `${'A'.repeat(128)}\n`],
    ['padding', `${'A'.repeat(127)}=`],
    ['plain base64', `${'A'.repeat(126)}+/`],
    ['a space', `${'A'.repeat(127)} `],
    ['a NUL', `${'A'.repeat(127)}\0`],
    ['other digits', '\u0660'.repeat(128)],
    ['a JWT', `${'e'.repeat(42)}.${'e'.repeat(42)}.${'e'.repeat(42)}`],
    ['a megabyte', 'A'.repeat(1_000_000)],
  ])('refuses %s by its form (S-44)', (_, text) => {
    expect(codec.parse(text)).toBeUndefined();
  });

  it('issues with the first key and accepts every key, so that a rotation ends no session (S-201)', () => {
    const [older, newer] = [Buffer.alloc(32, 5), Buffer.alloc(32, 6)];
    const before = new RefreshTokenCodec([older]).issue(ID, 0, SALT);
    const rotated = new RefreshTokenCodec([newer, older]);
    expect(accepts(before, SALT, rotated)).toBe(true);
    const after = rotated.issue(ID, 0, SALT);
    expect(after).toBe(new RefreshTokenCodec([newer]).issue(ID, 0, SALT));
    expect(accepts(after, SALT, rotated)).toBe(true);
    expect(accepts(before, SALT, new RefreshTokenCodec([newer]))).toBe(false);
  });

  it('does not start without a key', () => {
    expect(() => new RefreshTokenCodec([])).toThrow(/key/);
  });
});
