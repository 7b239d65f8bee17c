import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { DatabaseBench, DEADLOCK, driverError, LOST } from '../../test/support/data-source.js';
import { codeOf } from '../../test/support/unit.js';

const LOCK_TIMEOUT = driverError('ER_LOCK_WAIT_TIMEOUT', { errno: 1205 });
const BUSY = driverError('SQLITE_BUSY');
const unknown = () => Promise.resolve(undefined);
const never = () => new Promise<never>(() => undefined);

/** Fails the given step, the first `times` times. */
function failing(step: string, error: Error, times = Infinity) {
  let left = times;
  return (each: string) => {
    if (each === step && left-- > 0) throw error;
  };
}

afterEach(() => {
  jest.useRealTimers();
});

describe('Database.transaction', () => {
  it('commits as a whole, then answers, and gives the connection back (S-173)', async () => {
    const bench = new DatabaseBench();
    const result = await bench.database.transaction(async (manager) => {
      await bench.statement(manager);
      await bench.statement(manager);
      return 'done';
    }, unknown);
    expect(result).toBe('done');
    expect(bench.log).toEqual(['1 begin', '1 query', '1 query', '1 commit', '1 release']);
  });

  it('undoes everything when the work throws, and passes that on (S-173)', async () => {
    const bench = new DatabaseBench();
    const work = async () => {
      await Promise.resolve();
      throw new Error('no such user');
    };
    await expect(bench.database.transaction(work, unknown)).rejects.toThrow('no such user');
    expect(bench.log).toEqual(['1 begin', '1 rollback', '1 release']);
  });

  it.each([
    ['a deadlock', DEADLOCK],
    ['a lock timeout', LOCK_TIMEOUT],
    ['a busy file', BUSY],
    ['a failed query over a deadlock', new QueryFailedError('UPDATE', [], DEADLOCK)],
  ])('repeats the whole of it after %s, with a rollback before (S-174)', async (_, error) => {
    const bench = new DatabaseBench();
    bench.on = failing('query', error, 2);
    let runs = 0;
    await bench.database.transaction((manager) => {
      runs++;
      return bench.statement(manager);
    }, unknown);
    expect(runs).toBe(3);
    expect(bench.log).toEqual(['1 begin', '1 query', '1 rollback', '1 release', '2 begin', '2 query', '2 rollback', '2 release', '3 begin', '3 query', '3 commit', '3 release']);
  });

  it.each(['begin', 'query', 'commit'] as const)(
    'gives up after three repeats when %s keeps failing, and says 503 (S-174)',
    async (step) => {
      const bench = new DatabaseBench();
      bench.on = failing(step, DEADLOCK);
      expect(await codeOf(() => bench.database.transaction(bench.statement, unknown))).toBe(50301);
      expect([bench.steps('begin'), bench.steps('release')]).toEqual([4, 4]);
      expect(bench.steps('rollback')).toBe(step === 'begin' ? 0 : 4);
    },
  );

  it('repeats nothing but what the engine asks for (S-174)', async () => {
    for (const error of [
      new Error('no such user'),
      driverError('ER_DUP_ENTRY', { errno: 1062 }),
      driverError('SQLITE_CONSTRAINT_UNIQUE'),
      driverError('ER_NO_SUCH_TABLE', { errno: 1146 }),
    ]) {
      const bench = new DatabaseBench();
      bench.on = failing('query', error);
      await expect(bench.database.transaction(bench.statement, unknown)).rejects.toBe(error);
      expect(bench.steps('begin')).toBe(1);
    }
  });

  it('waits longer before every repeat (S-174)', async () => {
    const bench = new DatabaseBench();
    const times: number[] = [];
    bench.on = (step) => {
      if (step === 'begin') times.push(performance.now());
      if (step === 'query') throw DEADLOCK;
    };
    await codeOf(() => bench.database.transaction(bench.statement, unknown));
    const [first = 0, second = 0, third = 0, fourth = 0] = times;
    expect(second - first).toBeGreaterThan(20);
    expect(third - second).toBeGreaterThan(45);
    expect(fourth - third).toBeGreaterThan(95);
    expect(fourth - first).toBeLessThan(2000);
  });
});

describe('Database: a lost connection', () => {
  it.each(['begin', 'query'] as const)(
    'says 503 when it goes at %s, repeats nothing and keeps no connection (S-175)',
    async (step) => {
      const bench = new DatabaseBench();
      bench.on = failing(step, LOST);
      let asked = 0;
      const findOut = () => Promise.resolve(++asked);
      expect(await codeOf(() => bench.database.transaction(bench.statement, findOut))).toBe(50301);
      await new Promise(setImmediate);
      expect([asked, bench.steps('begin'), bench.steps('release'), bench.steps('destroy')]).toEqual(
        [0, 1, 0, 1],
      );
    },
  );

  it('works again with the next connection (S-175)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', LOST, 1);
    expect(await codeOf(() => bench.database.transaction(bench.statement, unknown))).toBe(50301);
    expect(
      await codeOf(() => bench.database.transaction(bench.statement, unknown)),
    ).toBeUndefined();
  });

  it('finds out over another connection what became of a COMMIT (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('commit', LOST);
    const work = async () => Promise.resolve('from the work');
    const findOut = async () => Promise.resolve('found');
    expect(await bench.database.transaction(work, findOut)).toBe('found');
    expect(bench.steps('begin')).toBe(1);
    expect(bench.log.at(-1)).toBe('2 release');
  });

  it.each([
    ['false', false],
    ['null', null],
    ['0', 0],
    ['nothing in a text', ''],
  ])('takes %s for an answer (S-176)', async (_, answer) => {
    const bench = new DatabaseBench();
    bench.on = failing('commit', LOST);
    expect(
      await bench.database.transaction<unknown>(
        () => Promise.resolve(1),
        () => Promise.resolve(answer),
      ),
    ).toBe(answer);
  });

  it('says 503 when the COMMIT did not happen, and repeats nothing (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('commit', LOST);
    let runs = 0;
    const work = () => Promise.resolve(++runs);
    expect(await codeOf(() => bench.database.transaction<number>(work, unknown))).toBe(50301);
    expect(runs).toBe(1);
  });

  it('says 503 when nobody can find out (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = (step) => {
      if (step === 'commit' || step === 'query') throw LOST;
    };
    const work = () => Promise.resolve('from the work');
    const findOut = async (manager: Parameters<typeof bench.statement>[0]) => {
      await bench.statement(manager);
      return 'found';
    };
    expect(await codeOf(() => bench.database.transaction(work, findOut))).toBe(50301);
  });

  it('gives no connection back whose transaction could not be undone (S-175)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('rollback', driverError('ER_UNKNOWN_ERROR', { errno: 1105 }));
    const work = () => Promise.reject(new Error('no such user'));
    await expect(bench.database.transaction(work, unknown)).rejects.toThrow('no such user');
    await new Promise(setImmediate);
    expect([bench.steps('release'), bench.steps('destroy')]).toEqual([0, 1]);
  });
});

describe('Database.write', () => {
  it('finds out what became of its statement, whenever the connection went (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', LOST, 1);
    const write = () => bench.statement as () => Promise<string>;
    expect(await bench.database.write<string>(write(), () => Promise.resolve('found'))).toBe(
      'found',
    );
    bench.on = failing('query', LOST);
    expect(await codeOf(() => bench.database.write<string>(write(), unknown))).toBe(50301);
  });

  it('repeats a statement that the engine undid, three times at most (S-174)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', DEADLOCK, 3);
    expect(await codeOf(() => bench.database.write(bench.statement, unknown))).toBeUndefined();
    expect(bench.steps('query')).toBe(4);
    bench.on = failing('query', DEADLOCK);
    expect(await codeOf(() => bench.database.write(bench.statement, unknown))).toBe(50301);
    expect(bench.steps('query')).toBe(8);
  });
});

describe('Database.read', () => {
  it('tries a connection that was dead once more, and only once (S-175)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', LOST, 1);
    expect(await codeOf(() => bench.database.read(bench.statement))).toBeUndefined();
    bench.on = failing('query', LOST);
    expect(await codeOf(() => bench.database.read(bench.statement))).toBe(50301);
    expect(bench.steps('query')).toBe(4);
  });

  it('passes on what is no fault of the database', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', new Error('a bug'));
    await expect(bench.database.read(bench.statement)).rejects.toThrow('a bug');
    expect([bench.steps('query'), bench.steps('release')]).toEqual([1, 1]);
  });
});

describe('Database: the deadline', () => {
  it('says 503 within 5 s when the database keeps silent, and drops the connection (S-178)', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    for (const method of ['read', 'transaction'] as const) {
      const bench = new DatabaseBench();
      bench.on = (step) => (step === 'query' ? never() : undefined);
      const code = codeOf(() => bench.database[method](bench.statement, unknown));
      await jest.advanceTimersByTimeAsync(5000);
      expect(await code).toBe(50301);
      expect([bench.steps('query'), bench.steps('release'), bench.steps('destroy')]).toEqual([
        1, 0, 1,
      ]);
    }
  });

  it('commits nothing after it has said 503 (S-173, S-175)', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const bench = new DatabaseBench();
    let goOn: () => void = () => undefined;
    bench.on = (step) =>
      step === 'query' ? new Promise((resolve) => (goOn = resolve)) : undefined;
    const code = codeOf(() => bench.database.transaction(bench.statement, unknown));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await code).toBe(50301);
    goOn();
    await new Promise(setImmediate);
    expect([bench.steps('commit'), bench.steps('rollback')]).toEqual([0, 1]);
  });

  it('begins nothing when its turn comes too late (S-173, S-175)', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const bench = new DatabaseBench();
    let goOn: () => void = () => undefined;
    bench.on = (step) =>
      step === 'begin' ? new Promise((resolve) => (goOn = resolve)) : undefined;
    const code = codeOf(() => bench.database.transaction(bench.statement, unknown));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await code).toBe(50301);
    goOn();
    await new Promise(setImmediate);
    expect([bench.steps('query'), bench.steps('commit'), bench.steps('rollback')]).toEqual([
      0, 0, 1,
    ]);
  });

  it('finds out what became of a COMMIT that was not answered (S-176)', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const bench = new DatabaseBench();
    bench.on = (step) => (step === 'commit' ? never() : undefined);
    const result = bench.database.transaction(
      () => Promise.resolve('work'),
      () => Promise.resolve('found'),
    );
    await jest.advanceTimersByTimeAsync(5000);
    expect(await result).toBe('found');
  });
});
