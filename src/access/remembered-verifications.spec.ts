import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SetClock } from '../../test/support/unit.js';
import { Changes } from '../common/changes.js';
import type { Evidence } from './evidence.js';
import type { Principal } from './principal.js';
import { RememberedVerifications } from './remembered-verifications.js';
import type { Verification } from './verification.js';

const NOW = 1_700_000_000_000;
const TOKEN = 'Bearer a.b.c';
const HOME = '192.0.2.1';

let clock: SetClock;
let changes: Changes;
let memory: RememberedVerifications;

beforeEach(() => {
  jest.useFakeTimers();
  // To lru-cache a start at zero is none.
  jest.advanceTimersByTime(1_000);
  clock = new SetClock(NOW);
  changes = new Changes();
  memory = new RememberedVerifications(clock, changes);
});
afterEach(() => {
  jest.useRealTimers();
});

const good = (more: Partial<Verification> = {}): Verification => ({
  principal: { id: 'user-1' } as Principal,
  until: NOW + 900_000,
  restsOn: ['session-1', 'user-1', 'account-1'],
  evidence: [],
  ...more,
});
const remember = (verification: Verification | undefined = good(), credential = TOKEN) =>
  memory.verify(credential, () => Promise.resolve(verification));

describe('RememberedVerifications', () => {
  it('recalls what was verified, under the whole credential (S-77)', async () => {
    expect(memory.recall(TOKEN, HOME)).toBeUndefined();
    expect(await remember()).toMatchObject({ id: 'user-1' });
    expect(memory.recall(TOKEN, HOME)).toMatchObject({ id: 'user-1' });
    for (const other of ['Bearer a.b.d', 'bearer a.b.c', 'Bearer a.b.c ', 'Basic a.b.c', 'a.b.c']) {
      expect(memory.recall(other, HOME)).toBeUndefined();
    }
  });

  it('remembers no token that had expired and was taken for signing out (S-71, S-77)', async () => {
    expect(await remember(good({ until: NOW }))).toMatchObject({ id: 'user-1' });
    clock.time = NOW - 1;
    expect(memory.recall(TOKEN, HOME)).toBeUndefined();
  });

  it('remembers no failure (S-77)', async () => {
    const refuse = () => Promise.reject(new Error('no'));
    await expect(memory.verify(TOKEN, refuse)).rejects.toThrow('no');
    expect(await memory.verify(TOKEN, () => Promise.resolve(undefined))).toBeUndefined();
    expect(memory.recall(TOKEN, HOME)).toBeUndefined();
  });

  it('keeps nothing beyond 5 s after the reading began, however often it is asked (S-59)', async () => {
    await memory.verify(TOKEN, async () => {
      await jest.advanceTimersByTimeAsync(1_000);
      return good();
    });
    for (let second = 1; second < 4; second++) {
      await jest.advanceTimersByTimeAsync(1_000);
      expect(memory.recall(TOKEN, HOME)).toBeDefined();
    }
    await jest.advanceTimersByTimeAsync(1_001);
    expect(memory.recall(TOKEN, HOME)).toBeUndefined();
  });

  describe('renews', () => {
    /** What rows say now, by key; read again by whoever asks. */
    const rows = new Map<string, string>();
    const digests = jest.fn((keys: readonly string[]) => Promise.resolve(saidBy(keys)));
    const saidBy = (keys: readonly string[]) =>
      new Map([...rows].filter(([key]) => keys.includes(key)));
    const source = { digests };
    const read = (key: string): Evidence => ({
      source,
      key,
      digest: rows.get(key) ?? '',
    });
    beforeEach(() => {
      digests.mockClear();
      rows.clear();
      rows.set('session-1', 'as it was').set('roles-1', 'as they were');
      memory.onModuleInit();
    });
    afterEach(() => memory.onModuleDestroy());

    it('nothing once the application closes', async () => {
      await remember(good({ evidence: [read('session-1')] }));
      await memory.onModuleDestroy();
      await jest.advanceTimersByTimeAsync(10_000);
      expect(digests).not.toHaveBeenCalled();
    });

    it('lets others have their turn between two readings', async () => {
      for (let index = 0; index < 300; index++) {
        await remember(good({ evidence: [read('session-1')] }), `Bearer ${index}`);
      }
      const turns: string[] = [];
      digests.mockImplementation((keys) => {
        turns.push('reading');
        void nextTurn().then(() => turns.push('somebody else'));
        return Promise.resolve(saidBy(keys));
      });
      await jest.advanceTimersByTimeAsync(4_900);
      digests.mockImplementation((keys) => Promise.resolve(saidBy(keys)));
      expect(turns.slice(0, 4)).toEqual(['reading', 'somebody else', 'reading', 'somebody else']);
    });

    it('nobody who rests on nothing that could be read again', async () => {
      await remember(good({ evidence: [] }));
      await jest.advanceTimersByTimeAsync(5_001);
      expect(memory.recall(TOKEN, HOME)).toBeUndefined();
    });

    /** Asks every half second. */
    async function use(seconds: number, credential = TOKEN): Promise<boolean[]> {
      const answers = [];
      for (let time = 0; time < seconds * 2; time++) {
        await jest.advanceTimersByTimeAsync(500);
        answers.push(memory.recall(credential, HOME) !== undefined);
      }
      return answers;
    }

    it('who is in use, by reading once more what the verdict rests on', async () => {
      await remember(good({ evidence: [read('session-1'), read('roles-1')] }));
      expect(await use(60)).not.toContain(false);
      expect(digests.mock.calls.length).toBeGreaterThanOrEqual(12);
      expect(digests.mock.calls.length).toBeLessThanOrEqual(15);
    });

    it.each(['session-1', 'roles-1'])(
      'nobody of whom %s says something else (S-59)',
      async (key) => {
        await remember(good({ evidence: [read('session-1'), read('roles-1')] }));
        expect(await use(10)).not.toContain(false);
        rows.set(key, 'otherwise');
        expect(await use(5)).toContain(false);
        expect(memory.recall(TOKEN, HOME)).toBeUndefined();
      },
    );

    it('nobody whose row is gone (S-59)', async () => {
      await remember(good({ evidence: [read('session-1')] }));
      rows.clear();
      expect(await use(5)).toContain(false);
    });

    it('whoever comes back within twenty seconds, and nobody who was not asked for since', async () => {
      for (let time = 0; time < 3; time++) {
        await remember(good({ evidence: [read('session-1')] }));
        await jest.advanceTimersByTimeAsync(19_000);
        expect(memory.recall(TOKEN, HOME)).toBeDefined();
      }
      digests.mockClear();
      await jest.advanceTimersByTimeAsync(30_000);
      expect(memory.recall(TOKEN, HOME)).toBeUndefined();
      expect(digests).toHaveBeenCalledTimes(4);
    });

    it('nobody whom this process changed while it read (S-55)', async () => {
      await remember(good({ evidence: [read('session-1')] }));
      digests.mockImplementationOnce(async () => {
        const asBefore = new Map(rows);
        changes.tell(['session-1']);
        return Promise.resolve(asBefore);
      });
      await use(4.5);
      expect(digests).toHaveBeenCalledTimes(1);
      expect(memory.recall(TOKEN, HOME)).toBeUndefined();
    });

    it('nobody beyond the end of the credential (S-77)', async () => {
      await remember(good({ until: NOW + 8_000, evidence: [read('session-1')] }));
      expect(await use(7)).not.toContain(false);
      clock.time = NOW + 8_000;
      expect(memory.recall(TOKEN, HOME)).toBeUndefined();
    });

    it('nobody while rows cannot be read, and goes on when they can (S-178)', async () => {
      await remember(good({ evidence: [read('session-1')] }));
      digests.mockRejectedValueOnce(new Error('gone'));
      expect(await use(6)).toContain(false);
      await remember(good({ evidence: [read('session-1')] }));
      expect(await use(10)).not.toContain(false);
    });

    it('counts the bound from before the reading', async () => {
      await remember(good({ evidence: [read('session-1')] }));
      memory.recall(TOKEN, HOME);
      digests.mockImplementationOnce(async (keys) => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        return saidBy(keys);
      });
      digests.mockRejectedValueOnce(new Error('gone'));
      // Read again at 4 s, answered at 4.7 s.
      await jest.advanceTimersByTimeAsync(8_990);
      expect(memory.recall(TOKEN, HOME)).toBeDefined();
      await jest.advanceTimersByTimeAsync(20);
      expect(memory.recall(TOKEN, HOME)).toBeUndefined();
    });

    it('many at once, each row once', async () => {
      for (let index = 0; index < 300; index++) {
        const evidence = [read('session-1'), read('roles-1')];
        await remember(good({ evidence }), `Bearer ${index}`);
        memory.recall(`Bearer ${index}`, HOME);
      }
      await jest.advanceTimersByTimeAsync(6_000);
      for (let index = 0; index < 300; index++) {
        expect(memory.recall(`Bearer ${index}`, HOME)).toBeDefined();
      }
      expect(digests.mock.calls).toEqual(
        Array.from({ length: 3 }, () => [['session-1', 'roles-1']]),
      );
    });
  });

  it('keeps nothing beyond the end of the credential (S-77)', async () => {
    await remember(good({ until: NOW + 10 }));
    clock.time = NOW + 9;
    expect(memory.recall(TOKEN, HOME)).toBeDefined();
    clock.time = NOW + 10;
    expect(memory.recall(TOKEN, HOME)).toBeUndefined();
  });

  it.each(['session-1', 'user-1', 'account-1'])(
    'forgets at once what rests on %s, and nothing else (S-55, S-59)',
    async (row) => {
      await remember();
      await remember(good({ restsOn: ['session-2', 'user-2', 'account-2'] }), 'Bearer other');
      changes.tell(['nobody']);
      expect(memory.recall(TOKEN, HOME)).toBeDefined();
      changes.tell([row]);
      expect(memory.recall(TOKEN, HOME)).toBeUndefined();
      expect(memory.recall('Bearer other', HOME)).toBeDefined();
    },
  );

  it('forgets everything where nobody says what has changed', async () => {
    await remember();
    changes.tell(undefined);
    expect(memory.recall(TOKEN, HOME)).toBeUndefined();
    await remember();
    expect(memory.recall(TOKEN, HOME)).toBeDefined();
  });

  it.each([[['user-1']], [undefined]])(
    'remembers nothing that was read while %j changed (S-59)',
    async (rows) => {
      const verified = await memory.verify(TOKEN, () => {
        const read = good();
        changes.tell(rows);
        return Promise.resolve(read);
      });
      expect(verified).toMatchObject({ id: 'user-1' });
      expect(memory.recall(TOKEN, HOME)).toBeUndefined();
    },
  );

  it('remembers what was read while something else changed', async () => {
    await memory.verify(TOKEN, () => {
      changes.tell(['user-2']);
      return Promise.resolve(good());
    });
    expect(memory.recall(TOKEN, HOME)).toBeDefined();
  });

  it('recalls a key only where it may come from (S-195)', async () => {
    await remember(good({ takesFrom: (address) => address === HOME }));
    expect(memory.recall(TOKEN, '198.51.100.1')).toBeUndefined();
    expect(memory.recall(TOKEN, HOME)).toBeDefined();
  });

  it('tells of every use, remembered or not (S-88)', async () => {
    const onUse = jest.fn();
    await remember(good({ onUse }));
    memory.recall(TOKEN, HOME);
    memory.recall(TOKEN, HOME);
    expect(onUse).toHaveBeenCalledTimes(3);
  });

  it('hands out a principal that nobody can change', async () => {
    const principal = await remember();
    expect(Object.isFrozen(principal)).toBe(true);
  });
});
