import { afterEach, describe, expect, it, jest } from '@jest/globals';
import bcrypt from 'bcrypt';
import { quickest } from '../../../test/support/unit.js';
import { hasherWith, PEPPER, watchBcrypt } from '../../../test/support/passwords.js';
import type { BcryptPasswordHasher } from './bcrypt-password-hasher.js';
import { keyId } from './key-derivation.js';

const hasher = hasherWith();

afterEach(() => {
  jest.restoreAllMocks();
});

async function costsOf(by: BcryptPasswordHasher, password: string, stored: string | null) {
  const watch = watchBcrypt();
  await by.verify(password, stored);
  const costs = watch.costs();
  jest.restoreAllMocks();
  return costs;
}

/** Rounds of all checks together. */
function work(costs: readonly number[]): number {
  return costs.reduce((sum, cost) => sum + 2 ** cost, 0);
}

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
      (await hasher.hash('x')).slice(0, -1),
      (await hasher.hash('x')).replace('$2b$', '$2z$'),
      (await hasher.hash('x')).replace(/\$04\$.*/, '$'),
    ]) {
      const watch = watchBcrypt();
      await hasher.verify('x', against);
      expect([watch.runs(), ...watch.costs()]).toEqual([1, 4]);
      jest.restoreAllMocks();
    }
  });

  it('does the work of the current cost for a hash of a lower one, right or wrong (S-18)', async () => {
    const stored = await hasher.hash('x');
    for (const [cost, costs] of [
      [5, [4, 4]],
      [6, [4, 4, 5]],
      [8, [4, 4, 5, 6, 7]],
    ] as const) {
      const raised = hasherWith({ cost });
      for (const password of ['x', 'y', '']) {
        expect(await costsOf(raised, password, stored)).toEqual(costs);
        expect(await costsOf(raised, password, null)).toEqual([cost]);
      }
      expect(work(costs)).toBe(work([cost]));
    }
  });

  it('does the work of the highest cost met, after the cost was lowered (S-18)', async () => {
    const high = await hasherWith({ cost: 6 }).hash('x');
    const lowered = hasherWith();
    expect(await costsOf(lowered, 'y', high)).toEqual([6]);
    expect(await costsOf(lowered, 'y', null)).toEqual([6]);
    expect(await costsOf(lowered, 'y', 'x')).toEqual([6]);
    expect(await costsOf(lowered, 'x', await lowered.hash('x'))).toEqual([4, 4, 5]);
    expect(await lowered.hash('x')).toContain('$2b$04$');
  });

  it('does for a hash of another system the work of the current cost (S-18)', async () => {
    const stored = (await bcrypt.hash('x', 4)).replace('$2b$', '$2y$');
    const raised = hasherWith({ cost: 6 });
    for (const password of ['x', 'y', 'x\0', 'x'.repeat(100)]) {
      expect(await costsOf(raised, password, stored)).toEqual([4, 4, 5]);
    }
    expect(await costsOf(raised, 'x', null)).toEqual([6]);
  });

  it('does all the work of a check in one turn, so that a flood of checks waits as before (S-08)', async () => {
    const stored = await hasher.hash('x');
    const raised = hasherWith({ cost: 6, concurrency: 1 });
    const watch = watchBcrypt();
    await Promise.all([raised.verify('x', stored), raised.verify('x', null)]);
    expect(watch.costs()).toEqual([4, 4, 5, 6]);
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
