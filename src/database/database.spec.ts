import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import {
  DatabaseBench,
  DEADLOCK,
  driverError,
  failing,
  LOST,
} from '../../test/support/data-source.js';
import { codeOf } from '../../test/support/unit.js';

const LOCK_TIMEOUT = driverError('ER_LOCK_WAIT_TIMEOUT', { errno: 1205 });
const BUSY = driverError('SQLITE_BUSY');
const refuse = () => Promise.reject(new Error('no such user'));
const unknown = () => Promise.resolve(undefined);

describe('Database.transaction', () => {
  it('commits as a whole, then answers, and releases the connection (S-173)', async () => {
    const bench = new DatabaseBench();
    const result = await bench.database.transaction(async (manager) => {
      await bench.statement(manager);
      await bench.statement(manager);
      return 'done';
    }, unknown);
    expect(result).toBe('done');
    expect(bench.log).toEqual(['1 begin', '1 query', '1 query', '1 commit', '1 release']);
  });

  it('rolls everything back when the work throws, and passes the error on (S-173)', async () => {
    const bench = new DatabaseBench();
    await expect(bench.database.transaction(refuse, unknown)).rejects.toThrow('no such user');
    expect(bench.log).toEqual(['1 begin', '1 rollback', '1 release']);
  });

  it.each([
    ['a deadlock', DEADLOCK],
    ['a lock timeout', LOCK_TIMEOUT],
    ['a busy file', BUSY],
    ['a failed query over a deadlock', new QueryFailedError('UPDATE', [], DEADLOCK)],
  ])('repeats the whole transaction after %s, with a rollback before (S-174)', async (_, error) => {
    const bench = new DatabaseBench();
    bench.on = failing('query', error, 2);
    let runs = 0;
    await bench.database.transaction((manager) => {
      runs++;
      return bench.statement(manager);
    }, unknown);
    expect(runs).toBe(3);
    expect(bench.log).toEqual([
      '1 begin',
      '1 query',
      '1 rollback',
      '1 release',
      '2 begin',
      '2 query',
      '2 rollback',
      '2 release',
      '3 begin',
      '3 query',
      '3 commit',
      '3 release',
    ]);
  });

  it.each(['begin', 'query', 'commit'] as const)(
    'gives up with 503 after three repeats when %s keeps failing (S-174)',
    async (step) => {
      const bench = new DatabaseBench();
      bench.on = failing(step, DEADLOCK);
      expect(await codeOf(() => bench.database.transaction(bench.statement, unknown))).toBe(50301);
      expect([bench.steps('begin'), bench.steps('release')]).toEqual([4, 4]);
      expect(bench.steps('rollback')).toBe(step === 'begin' ? 0 : 4);
    },
  );

  it('repeats after no other error than those of the engine (S-174)', async () => {
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
  });
});

describe('Database.write', () => {
  it('resolves the outcome of its statement after a lost connection (S-176)', async () => {
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
  it('repeats once on another connection when its own was dead (S-175)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', LOST, 1);
    expect(await codeOf(() => bench.database.read(bench.statement))).toBeUndefined();
    bench.on = failing('query', LOST);
    expect(await codeOf(() => bench.database.read(bench.statement))).toBe(50301);
    expect(bench.steps('query')).toBe(4);
  });

  it("passes on an error that is not the database's", async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', new Error('a bug'));
    await expect(bench.database.read(bench.statement)).rejects.toThrow('a bug');
    expect([bench.steps('query'), bench.steps('release')]).toEqual([1, 1]);
  });
});
