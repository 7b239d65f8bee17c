import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { idInToken, LinkTokens, matches } from './link-tokens.js';

const key = randomBytes(32);
const newLink = () => ({
  id: randomUUID(),
  purpose: 'reset' as const,
  userId: randomUUID(),
  address: 'ada@example.com',
});
const stored = (tokens: LinkTokens, link: ReturnType<typeof newLink>) => ({
  ...link,
  digest: tokens.digestOf(link),
});

describe('LinkTokens', () => {
  it('derives the same token again, of which only the digest is stored (S-107)', () => {
    const link = stored(new LinkTokens([key]), newLink());
    const token = new LinkTokens([key]).tokenOf(link) ?? '';
    expect(token).toMatch(/^[\w-]{64}$/);
    expect(idInToken(token)).toBe(link.id);
    expect(matches(token, link)).toBe(true);
    expect(matches(link.digest, link)).toBe(false);
  });

  it.each(['id', 'purpose', 'userId', 'address'] as const)(
    'gives another token for another %s (S-107)',
    (name) => {
      const tokens = new LinkTokens([key]);
      const link = stored(tokens, newLink());
      const other = { ...link, [name]: name === 'purpose' ? 'invitation' : randomUUID() };
      expect(tokens.digestOf(other)).not.toBe(link.digest);
      expect(tokens.tokenOf(other)).toBeUndefined();
    },
  );

  it('derives tokens of links that an older key made, and none of a removed key', () => {
    const link = stored(new LinkTokens([key]), newLink());
    const rotated = new LinkTokens([randomBytes(32), key]);
    expect(rotated.tokenOf(link)).toBe(new LinkTokens([key]).tokenOf(link));
    expect(new LinkTokens([randomBytes(32)]).tokenOf(link)).toBeUndefined();
  });

  it.each([
    '',
    'short',
    'x'.repeat(63),
    'x'.repeat(65),
    `${'x'.repeat(63)}=`,
    `${'x'.repeat(63)} `,
  ])('reads no id in %j', (text) => expect(idInToken(text)).toBeUndefined());
});
