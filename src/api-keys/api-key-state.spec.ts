import { describe, expect, it } from '@jest/globals';
import { apiKeyFault, isAllowedFrom, isSecretOf } from './api-key-state.js';

const DAY = 86_400_000;
const BORN = Date.UTC(2026, 0, 1);
const fresh = { revokedAt: null, expiresAt: null, lastAccessedAt: null, createdAt: BORN };

describe('apiKeyFault', () => {
  it.each([
    ['new', {}, 0, undefined],
    ['never used, a second before 90 days', {}, 90 * DAY - 1000, undefined],
    ['never used, after 90 days', {}, 90 * DAY, 'unused'],
    ['used, a second before 90 days', { lastAccessedAt: BORN + DAY }, 91 * DAY - 1000, undefined],
    ['used, a second after 90 days', { lastAccessedAt: BORN + DAY }, 91 * DAY + 1000, 'unused'],
    ['a moment before its end', { expiresAt: BORN + DAY }, DAY - 1, undefined],
    ['at its end', { expiresAt: BORN + DAY }, DAY, 'expired'],
    ['revoked', { revokedAt: BORN }, 0, 'revoked'],
    ['revoked, expired and unused', { revokedAt: 1, expiresAt: 1 }, 400 * DAY, 'revoked'],
  ] as const)('gives the fault of a key: %s (S-87)', (_, changes, later, fault) => {
    expect(apiKeyFault({ ...fresh, ...changes }, BORN + later)).toBe(fault);
  });
});

describe('isAllowedFrom', () => {
  it.each([
    [null, '203.0.113.9', true],
    [['192.0.2.7'], '192.0.2.7', true],
    [['192.0.2.7'], '192.0.2.8', false],
    [['192.0.2.7'], '::ffff:192.0.2.7', true],
    [['::ffff:192.0.2.7'], '192.0.2.7', true],
    [['192.0.2.0/24'], '192.0.2.255', true],
    [['192.0.2.0/24'], '192.0.3.0', false],
    [['2001:db8::/32'], '2001:0db8:0000:0000:0000:0000:0000:0001', true],
    [['2001:0db8:0:0::1'], '2001:db8::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['10.0.0.0/8', '2001:db8::1'], '2001:db8::1', true],
  ])(
    'tells whether a key for %j may be used from %s: %s (S-195)',
    (allowedIps, address, isAllowed) => {
      expect(isAllowedFrom({ allowedIps }, address)).toBe(isAllowed);
    },
  );
});

describe('isSecretOf', () => {
  const rotated = {
    secretDigest: 'new',
    previousSecretDigest: 'old',
    previousValidUntil: BORN + DAY,
  };
  const unrotated = { secretDigest: 'new', previousSecretDigest: null, previousValidUntil: null };

  it.each([
    ['the current secret', rotated, 'new', 400 * DAY, true],
    ['the previous one within its overlap', rotated, 'old', DAY - 1, true],
    ['the previous one at the end of its overlap', rotated, 'old', DAY, false],
    ['another one', rotated, 'stolen', 0, false],
    ['no recorded secret', rotated, undefined, 0, false],
    ['a previous one without an overlap', unrotated, 'old', 0, false],
  ] as const)(
    'tells whether a digest belongs to the key: %s (S-211)',
    (_, key, digest, later, isGood) => {
      expect(isSecretOf(key, digest, BORN + later)).toBe(isGood);
    },
  );
});
