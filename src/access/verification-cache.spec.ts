import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SetClock } from '../../test/support/unit.js';
import { CacheInvalidation } from '../common/cache-invalidation.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { Principal } from './principal.js';
import { VerificationCache } from './verification-cache.js';
import type { Verification } from './verification.js';

const NOW = 1_700_000_000_000;
const TOKEN = 'Bearer a.b.c';
const HOME = '192.0.2.1';

let clock: SetClock;
let changes: CacheInvalidation;
let cache: VerificationCache;

beforeEach(() => {
  jest.useFakeTimers();
  // To lru-cache a start at zero is none.
  jest.advanceTimersByTime(1_000);
  clock = new SetClock(NOW);
  changes = new CacheInvalidation();
  cache = new VerificationCache(clock, changes);
});
afterEach(() => {
  jest.useRealTimers();
});

const good = (more: Partial<Verification> = {}): Verification => ({
  principal: { id: 'user-1' } as Principal,
  until: NOW + 900_000,
  dependsOn: ['session-1', 'user-1', 'account-1'],
  renew: () => Promise.reject(new Error('not renewable')),
  ...more,
});
const verified = (verification: Verification | undefined = good(), credential = TOKEN) =>
  cache.verify(credential, () => Promise.resolve(verification));

describe('VerificationCache', () => {
  it('gives what was verified, under the whole credential (S-77)', async () => {
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
    expect(await verified()).toMatchObject({ id: 'user-1' });
    expect(cache.get(TOKEN, HOME)).toMatchObject({ id: 'user-1' });
    for (const other of ['Bearer a.b.d', 'bearer a.b.c', 'Bearer a.b.c ', 'Basic a.b.c', 'a.b.c']) {
      expect(cache.get(other, HOME)).toBeUndefined();
    }
  });

  it('caches no token that had expired and was taken for signing out (S-71, S-77)', async () => {
    expect(await verified(good({ until: NOW }))).toMatchObject({ id: 'user-1' });
    clock.time = NOW - 1;
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
  });

  it('caches no failure (S-77)', async () => {
    const refuse = () => Promise.reject(new Error('no'));
    await expect(cache.verify(TOKEN, refuse)).rejects.toThrow('no');
    expect(await cache.verify(TOKEN, () => Promise.resolve(undefined))).toBeUndefined();
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
  });

  it('keeps nothing beyond 5 s after the reading began, however often it is asked (S-59)', async () => {
    await cache.verify(TOKEN, async () => {
      await jest.advanceTimersByTimeAsync(1_000);
      return good();
    });
    for (let second = 1; second < 4; second++) {
      await jest.advanceTimersByTimeAsync(1_000);
      expect(cache.get(TOKEN, HOME)).toBeDefined();
    }
    await jest.advanceTimersByTimeAsync(1_001);
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
  });

  describe('renewing', () => {
    const renew = jest.fn(() => Promise.resolve(renewable()));
    const renewable = (more: Partial<Verification> = {}) => good({ renew, ...more });
    beforeEach(() => {
      renew.mockClear();
      cache.onModuleInit();
    });
    afterEach(() => cache.onModuleDestroy());

    it('ends when the application closes', async () => {
      await verified(renewable());
      await cache.onModuleDestroy();
      await jest.advanceTimersByTimeAsync(10_000);
      expect(renew).not.toHaveBeenCalled();
    });

    it('lets requests have a turn between two batches', async () => {
      const turns: string[] = [];
      for (let index = 0; index < 300; index++) {
        const turn = () => {
          if (turns.at(-1) !== 'batch') turns.push('batch');
          if (index % 128 === 0) void nextTurn().then(() => turns.push('request'));
          return Promise.resolve(renewable());
        };
        await verified(good({ renew: turn }), `Bearer ${index}`);
      }
      await jest.advanceTimersByTimeAsync(4_900);
      expect(turns.slice(0, 4)).toEqual(['batch', 'request', 'batch', 'request']);
    });

    /** Asks every half second. */
    async function use(seconds: number, credential = TOKEN): Promise<boolean[]> {
      const answers = [];
      for (let time = 0; time < seconds * 2; time++) {
        await jest.advanceTimersByTimeAsync(500);
        answers.push(cache.get(credential, HOME) !== undefined);
      }
      return answers;
    }

    it('keeps an entry that is in use', async () => {
      await verified(renewable());
      expect(await use(60)).not.toContain(false);
      expect(renew.mock.calls.length).toBeGreaterThanOrEqual(12);
      expect(renew.mock.calls.length).toBeLessThanOrEqual(15);
    });

    it('answers with what the renewal found (S-53, S-59)', async () => {
      await verified(renewable());
      const principal = { id: 'user-1', role: 'read_only' } as Principal;
      renew.mockResolvedValueOnce(renewable({ principal }));
      await use(4.5);
      expect(cache.get(TOKEN, HOME)).toMatchObject({ role: 'read_only' });
      expect(Object.isFrozen(principal)).toBe(true);
    });

    it.each([ERROR.ACCESS_TOKEN_INVALID, ERROR.API_KEY_INVALID])(
      'drops an entry that is refused with $code (S-59)',
      async (refusal) => {
        await verified(renewable());
        expect(await use(10)).not.toContain(false);
        renew.mockRejectedValueOnce(new CodedException(refusal));
        expect(await use(5)).toContain(false);
        expect(cache.get(TOKEN, HOME)).toBeUndefined();
      },
    );

    it('forgets by the rows that the renewal depends on (S-55, S-59)', async () => {
      await verified(renewable());
      renew.mockResolvedValue(renewable({ dependsOn: ['session-1', 'user-1', 'account-2'] }));
      await use(4.5);
      changes.invalidate(['account-1']);
      expect(cache.get(TOKEN, HOME)).toBeDefined();
      changes.invalidate(['account-2']);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
      renew.mockImplementation(() => Promise.resolve(renewable()));
    });

    it('keeps a credential that comes back within twenty seconds, and no unused one', async () => {
      for (let time = 0; time < 3; time++) {
        await verified(renewable());
        await jest.advanceTimersByTimeAsync(19_000);
        expect(cache.get(TOKEN, HOME)).toBeDefined();
      }
      renew.mockClear();
      await jest.advanceTimersByTimeAsync(30_000);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
      expect(renew).toHaveBeenCalledTimes(4);
    });

    it('keeps nothing that this process changed while it was read (S-55)', async () => {
      await verified(renewable());
      renew.mockImplementationOnce(() => {
        const asBefore = renewable();
        changes.invalidate(['session-1']);
        return Promise.resolve(asBefore);
      });
      await use(4.5);
      expect(renew).toHaveBeenCalledTimes(1);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
    });

    it('keeps nothing beyond the end of the credential (S-77)', async () => {
      const until = NOW + 8_000;
      await verified(renewable({ until }));
      renew.mockImplementation(() => Promise.resolve(renewable({ until })));
      expect(await use(7)).not.toContain(false);
      clock.time = until;
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
      renew.mockImplementation(() => Promise.resolve(renewable()));
    });

    it('keeps nothing while rows cannot be read, and goes on when they can (S-178)', async () => {
      await verified(renewable());
      renew.mockRejectedValueOnce(new CodedException(ERROR.UNAVAILABLE));
      expect(await use(6)).toContain(false);
      await verified(renewable());
      expect(await use(10)).not.toContain(false);
    });

    it('counts the bound from before the reading', async () => {
      await verified(renewable());
      cache.get(TOKEN, HOME);
      renew.mockImplementationOnce(async () => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        return renewable();
      });
      renew.mockRejectedValueOnce(new Error('gone'));
      // Read again at 4 s, answered at 4.7 s.
      await jest.advanceTimersByTimeAsync(8_990);
      expect(cache.get(TOKEN, HOME)).toBeDefined();
      await jest.advanceTimersByTimeAsync(20);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
    });

    it('starts many renewals at once, so that their reads can share a statement', async () => {
      const started: number[] = [];
      const together = () => {
        started.push(1);
        // Reads of one moment: the batch is sent in the next turn.
        return nextTurn().then(() => {
          sizes.add(started.length);
          return renewable();
        });
      };
      const sizes = new Set<number>();
      for (let index = 0; index < 300; index++) {
        await verified(good({ renew: together }), `Bearer ${index}`);
        cache.get(`Bearer ${index}`, HOME);
      }
      await jest.advanceTimersByTimeAsync(6_000);
      for (let index = 0; index < 300; index++) {
        expect(cache.get(`Bearer ${index}`, HOME)).toBeDefined();
      }
      expect([...sizes]).toEqual([128, 256, 300]);
    });
  });

  it('keeps nothing beyond the end of the credential (S-77)', async () => {
    await verified(good({ until: NOW + 10 }));
    clock.time = NOW + 9;
    expect(cache.get(TOKEN, HOME)).toBeDefined();
    clock.time = NOW + 10;
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
  });

  it.each(['session-1', 'user-1', 'account-1'])(
    'forgets at once what depends on %s, and nothing else (S-55, S-59)',
    async (row) => {
      await verified();
      await verified(good({ dependsOn: ['session-2', 'user-2', 'account-2'] }), 'Bearer other');
      changes.invalidate(['nobody']);
      expect(cache.get(TOKEN, HOME)).toBeDefined();
      changes.invalidate([row]);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
      expect(cache.get('Bearer other', HOME)).toBeDefined();
    },
  );

  it('forgets everything where a change does not say its rows', async () => {
    await verified();
    changes.invalidate(undefined);
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
    await verified();
    expect(cache.get(TOKEN, HOME)).toBeDefined();
  });

  it.each([[['user-1']], [undefined]])(
    'caches nothing that was read while %j changed (S-59)',
    async (rows) => {
      const principal = await cache.verify(TOKEN, () => {
        const read = good();
        changes.invalidate(rows);
        return Promise.resolve(read);
      });
      expect(principal).toMatchObject({ id: 'user-1' });
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
    },
  );

  it('caches what was read while something else changed', async () => {
    await cache.verify(TOKEN, () => {
      changes.invalidate(['user-2']);
      return Promise.resolve(good());
    });
    expect(cache.get(TOKEN, HOME)).toBeDefined();
  });

  it('gives a key only for addresses that it may come from (S-195)', async () => {
    await verified(good({ takesFrom: (address) => address === HOME }));
    expect(cache.get(TOKEN, '198.51.100.1')).toBeUndefined();
    expect(cache.get(TOKEN, HOME)).toBeDefined();
  });

  it('tells of every use, cached or not (S-88)', async () => {
    const onUse = jest.fn();
    await verified(good({ onUse }));
    cache.get(TOKEN, HOME);
    cache.get(TOKEN, HOME);
    expect(onUse).toHaveBeenCalledTimes(3);
  });

  it('hands out a principal that nobody can change', async () => {
    const principal = await verified();
    expect(Object.isFrozen(principal)).toBe(true);
  });
});
