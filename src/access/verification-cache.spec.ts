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
  // lru-cache treats a start time of zero as none.
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
  it('returns a verified principal for exactly the same credential (S-77)', async () => {
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
    expect(await verified()).toMatchObject({ id: 'user-1' });
    expect(cache.get(TOKEN, HOME)).toMatchObject({ id: 'user-1' });
    for (const other of ['Bearer a.b.d', 'bearer a.b.c', 'Bearer a.b.c ', 'Basic a.b.c', 'a.b.c']) {
      expect(cache.get(other, HOME)).toBeUndefined();
    }
  });

  it('does not cache an expired token that was accepted for signing out (S-71, S-77)', async () => {
    expect(await verified(good({ until: NOW }))).toMatchObject({ id: 'user-1' });
    clock.time = NOW - 1;
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
  });

  it('does not cache a failure (S-77)', async () => {
    const refuse = () => Promise.reject(new Error('no'));
    await expect(cache.verify(TOKEN, refuse)).rejects.toThrow('no');
    expect(await cache.verify(TOKEN, () => Promise.resolve(undefined))).toBeUndefined();
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
  });

  it('drops an entry 5 s after its read began, however often it is used (S-59)', async () => {
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

  describe('renewal', () => {
    const renew = jest.fn(() => Promise.resolve(renewable()));
    const renewable = (more: Partial<Verification> = {}) => good({ renew, ...more });
    beforeEach(() => {
      renew.mockClear();
      cache.onModuleInit();
    });
    afterEach(() => cache.onModuleDestroy());

    it('stops when the application closes', async () => {
      await verified(renewable());
      await cache.onModuleDestroy();
      await jest.advanceTimersByTimeAsync(10_000);
      expect(renew).not.toHaveBeenCalled();
    });

    it('lets requests run between two batches', async () => {
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

    /** Uses the credential every half second. */
    async function use(seconds: number, credential = TOKEN): Promise<boolean[]> {
      const answers = [];
      for (let time = 0; time < seconds * 2; time++) {
        await jest.advanceTimersByTimeAsync(500);
        answers.push(cache.get(credential, HOME) !== undefined);
      }
      return answers;
    }

    it('keeps an entry in use', async () => {
      await verified(renewable());
      expect(await use(60)).not.toContain(false);
      expect(renew.mock.calls.length).toBeGreaterThanOrEqual(12);
      expect(renew.mock.calls.length).toBeLessThanOrEqual(15);
    });

    it('returns the principal of the renewal (S-53, S-59)', async () => {
      await verified(renewable());
      const principal = { id: 'user-1', role: 'read_only' } as Principal;
      renew.mockResolvedValueOnce(renewable({ principal }));
      await use(4.5);
      expect(cache.get(TOKEN, HOME)).toMatchObject({ role: 'read_only' });
      expect(Object.isFrozen(principal)).toBe(true);
    });

    it.each([ERROR.ACCESS_TOKEN_INVALID, ERROR.API_KEY_INVALID])(
      'drops an entry whose renewal is refused with $code (S-59)',
      async (refusal) => {
        await verified(renewable());
        expect(await use(10)).not.toContain(false);
        renew.mockRejectedValueOnce(new CodedException(refusal));
        expect(await use(5)).toContain(false);
        expect(cache.get(TOKEN, HOME)).toBeUndefined();
      },
    );

    it('invalidates by the rows that the renewal depends on (S-55, S-59)', async () => {
      await verified(renewable());
      renew.mockResolvedValue(renewable({ dependsOn: ['session-1', 'user-1', 'account-2'] }));
      await use(4.5);
      changes.invalidate(['account-1']);
      expect(cache.get(TOKEN, HOME)).toBeDefined();
      changes.invalidate(['account-2']);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
      renew.mockImplementation(() => Promise.resolve(renewable()));
    });

    it('keeps a credential that is used again within twenty seconds, and drops an unused one', async () => {
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

    it('drops an entry whose rows this process changes during the renewal (S-55)', async () => {
      await verified(renewable());
      renew.mockImplementationOnce(() => {
        const stale = renewable();
        changes.invalidate(['session-1']);
        return Promise.resolve(stale);
      });
      await use(4.5);
      expect(renew).toHaveBeenCalledTimes(1);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
    });

    it('drops an entry at the end of the credential (S-77)', async () => {
      const until = NOW + 8_000;
      await verified(renewable({ until }));
      renew.mockImplementation(() => Promise.resolve(renewable({ until })));
      expect(await use(7)).not.toContain(false);
      clock.time = until;
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
      renew.mockImplementation(() => Promise.resolve(renewable()));
    });

    it('drops an entry whose rows cannot be read, and renews again once they can (S-178)', async () => {
      await verified(renewable());
      renew.mockRejectedValueOnce(new CodedException(ERROR.UNAVAILABLE));
      expect(await use(6)).toContain(false);
      await verified(renewable());
      expect(await use(10)).not.toContain(false);
    });

    it('counts the age from before the read', async () => {
      await verified(renewable());
      cache.get(TOKEN, HOME);
      renew.mockImplementationOnce(async () => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        return renewable();
      });
      renew.mockRejectedValueOnce(new Error('gone'));
      // The renewal reads at 4 s and ends at 4.7 s.
      await jest.advanceTimersByTimeAsync(8_990);
      expect(cache.get(TOKEN, HOME)).toBeDefined();
      await jest.advanceTimersByTimeAsync(20);
      expect(cache.get(TOKEN, HOME)).toBeUndefined();
    });

    it('stops when the database fails and the cache is emptied (S-178)', async () => {
      const renewals = jest.fn(() => {
        changes.invalidate(undefined);
        return Promise.reject(new CodedException(ERROR.UNAVAILABLE));
      });
      for (let index = 0; index < 300; index++) {
        await verified(good({ renew: renewals }), `Bearer ${index}`);
      }
      await jest.advanceTimersByTimeAsync(4_900);
      expect(renewals).toHaveBeenCalledTimes(128);
    });

    it('counts a use during a renewal', async () => {
      const useDuring = () => {
        cache.get(TOKEN, HOME);
        return Promise.resolve(renewable());
      };
      await verified(renewable());
      // Without the uses, the entry would end after 4 renewals.
      for (let time = 0; time < 6; time++) {
        renew.mockImplementationOnce(useDuring);
        await jest.advanceTimersByTimeAsync(4_250);
      }
      expect(cache.get(TOKEN, HOME)).toBeDefined();
    });

    it('starts many renewals at the same time, so that one statement can read for all', async () => {
      const started: number[] = [];
      const together = () => {
        started.push(1);
        // Reads of the same turn of the event loop are sent in the next turn.
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

  it('drops an entry at the end of the credential (S-77)', async () => {
    await verified(good({ until: NOW + 10 }));
    clock.time = NOW + 9;
    expect(cache.get(TOKEN, HOME)).toBeDefined();
    clock.time = NOW + 10;
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
  });

  it.each(['session-1', 'user-1', 'account-1'])(
    'drops at once the entries that depend on %s, and no others (S-55, S-59)',
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

  it('drops all entries when a change does not name its rows', async () => {
    await verified();
    changes.invalidate(undefined);
    expect(cache.get(TOKEN, HOME)).toBeUndefined();
    await verified();
    expect(cache.get(TOKEN, HOME)).toBeDefined();
  });

  it.each([[['user-1']], [undefined]])(
    'does not cache a verification during which %j changes (S-59)',
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

  it('caches a verification during which other rows change', async () => {
    await cache.verify(TOKEN, () => {
      changes.invalidate(['user-2']);
      return Promise.resolve(good());
    });
    expect(cache.get(TOKEN, HOME)).toBeDefined();
  });

  it('returns a key only for its allowed addresses (S-195)', async () => {
    await verified(good({ takesFrom: (address) => address === HOME }));
    expect(cache.get(TOKEN, '198.51.100.1')).toBeUndefined();
    expect(cache.get(TOKEN, HOME)).toBeDefined();
  });

  it('calls onUse at every use, cached or not (S-88)', async () => {
    const onUse = jest.fn();
    await verified(good({ onUse }));
    cache.get(TOKEN, HOME);
    cache.get(TOKEN, HOME);
    expect(onUse).toHaveBeenCalledTimes(3);
  });

  it('returns a frozen principal', async () => {
    const principal = await verified();
    expect(Object.isFrozen(principal)).toBe(true);
  });
});
