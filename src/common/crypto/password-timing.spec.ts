import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { quickest } from '../../../test/support/unit.js';
import { hasherWith, PEPPER, watchBcrypt } from '../../../test/support/passwords.js';
import { keyId } from './key-derivation.js';

const hasher = hasherWith();

afterEach(() => {
  jest.restoreAllMocks();
});

describe('BcryptPasswordHasher: no hash to check against', () => {
  it('runs exactly one check at the current cost for a right, a wrong and no password (S-18)', async () => {
    const stored = await hasher.hash('x');
    for (const [password, against] of [
      ['x', stored],
      ['y', stored],
      ['x', null],
      ['', stored],
      ['', null],
    ] as const) {
      const watch = watchBcrypt();
      await hasher.verify(password, against);
      expect([watch.runs(), ...watch.costs()]).toEqual([1, 4]);
      jest.restoreAllMocks();
    }
  });

  it('runs exactly one check for a hash that it cannot parse (S-18)', async () => {
    for (const against of [
      '',
      'x',
      '$bcrypt$x$2b$04$',
      (await hasher.hash('x')).replace(keyId(PEPPER), 'gone'),
    ]) {
      const watch = watchBcrypt();
      await hasher.verify('x', against);
      expect([watch.runs(), ...watch.costs()]).toEqual([1, 4]);
      jest.restoreAllMocks();
    }
  });

  it('spends as much CPU time without a hash as with one (S-18)', async () => {
    const slow = hasherWith({ cost: 8 });
    const stored = await slow.hash('x');
    const time = (against: string | null) => quickest(() => slow.verify('y', against), 1);
    const times = { without: Infinity, stored: Infinity };
    // Measured alternately, so that cold caches affect both alike.
    for (let round = 0; round < 9; round++) {
      times.without = Math.min(times.without, await time(null));
      times.stored = Math.min(times.stored, await time(stored));
    }
    const ratio = times.without / times.stored;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it.each(['', 'x', '\0', '.'.repeat(53)])(
    'refuses %j where there is no hash (S-14)',
    async (password) => {
      expect(await hasher.verify(password, null)).toEqual({ isCorrect: false, isOutdated: false });
    },
  );
});
