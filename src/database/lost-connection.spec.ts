import { describe, expect, it } from '@jest/globals';
import { DatabaseBench, driverError, failing, LOST } from '../../test/support/data-source.js';
import { codeOf } from '../../test/support/unit.js';

const work = () => Promise.resolve('from the work');
const refuse = () => Promise.reject(new Error('no such user'));
const found = () => Promise.resolve('found');
const unknown = () => Promise.resolve(undefined);

describe('Database: a lost connection', () => {
  it.each(['begin', 'query'] as const)(
    'gives 503 when it is lost at %s, repeats nothing and keeps no connection (S-175)',
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

  it('resolves the outcome of a COMMIT over another connection (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('commit', LOST);
    expect(await bench.database.transaction(work, found)).toBe('found');
    expect(bench.steps('begin')).toBe(1);
    expect(bench.log.at(-1)).toBe('2 release');
  });

  it.each([
    ['false', false],
    ['null', null],
    ['0', 0],
    ['nothing in a text', ''],
  ])('accepts %s as an outcome (S-176)', async (_, answer) => {
    const bench = new DatabaseBench();
    bench.on = failing('commit', LOST);
    expect(
      await bench.database.transaction<unknown>(
        () => Promise.resolve(1),
        () => Promise.resolve(answer),
      ),
    ).toBe(answer);
  });

  it('gives 503 when the COMMIT did not happen, and repeats nothing (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('commit', LOST);
    let runs = 0;
    const counted = () => Promise.resolve(++runs);
    expect(await codeOf(() => bench.database.transaction<number>(counted, unknown))).toBe(50301);
    expect(runs).toBe(1);
  });

  it('gives 503 when the outcome cannot be resolved (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = (step) => {
      if (step === 'commit' || step === 'query') throw LOST;
    };
    const findOut = async (manager: Parameters<typeof bench.statement>[0]) => {
      await bench.statement(manager);
      return 'found';
    };
    expect(await codeOf(() => bench.database.transaction(work, findOut))).toBe(50301);
  });

  it('does not release a connection whose transaction could not be rolled back (S-175)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('rollback', driverError('ER_UNKNOWN_ERROR', { errno: 1105 }));
    await expect(bench.database.transaction(refuse, unknown)).rejects.toThrow('no such user');
    await new Promise(setImmediate);
    expect([bench.steps('release'), bench.steps('destroy')]).toEqual([0, 1]);
  });
});
