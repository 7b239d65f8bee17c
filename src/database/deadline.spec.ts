import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatabaseBench } from '../../test/support/data-source.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { codeOf } from '../../test/support/unit.js';

const unknown = () => Promise.resolve(undefined);
const never = () => new Promise<never>(() => undefined);

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('Database: the deadline', () => {
  it('gives 503 within 5 s when the database does not answer, and drops the connection (S-178)', async () => {
    const read = ({ database, statement }: DatabaseBench) => database.read(statement);
    const transaction = ({ database, statement }: DatabaseBench) =>
      database.transaction(statement, unknown);
    for (const run of [read, transaction]) {
      const bench = new DatabaseBench();
      bench.on = (step) => (step === 'query' ? never() : undefined);
      const code = codeOf(() => run(bench));
      await jest.advanceTimersByTimeAsync(5000);
      expect(await code).toBe(50301);
      expect([bench.steps('query'), bench.steps('release'), bench.steps('destroy')]).toEqual([
        1, 0, 1,
      ]);
    }
  });

  it('leaves the caches to work that changes no access and is slow (S-178)', async () => {
    const bench = new DatabaseBench();
    bench.on = (step) => (step === 'query' ? never() : undefined);
    const code = codeOf(() => bench.database.transaction(bench.statement, unknown, NO_ACCESS));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await code).toBe(50301);
    expect(bench.invalidated).not.toContain(undefined);
  });

  it('commits nothing after the 503 (S-173, S-175)', async () => {
    const bench = new DatabaseBench();
    let goOn: (() => void) | undefined;
    bench.on = (step) =>
      step === 'query' ? new Promise((resolve) => (goOn = resolve)) : undefined;
    const code = codeOf(() => bench.database.transaction(bench.statement, unknown));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await code).toBe(50301);
    goOn?.();
    await new Promise(setImmediate);
    expect([bench.steps('commit'), bench.steps('rollback')]).toEqual([0, 1]);
  });

  it('runs no statement when its turn comes after the deadline (S-173, S-175)', async () => {
    const bench = new DatabaseBench();
    let goOn: (() => void) | undefined;
    bench.on = (step) =>
      step === 'begin' ? new Promise((resolve) => (goOn = resolve)) : undefined;
    const code = codeOf(() => bench.database.transaction(bench.statement, unknown));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await code).toBe(50301);
    goOn?.();
    await new Promise(setImmediate);
    expect([bench.steps('query'), bench.steps('commit'), bench.steps('rollback')]).toEqual([
      0, 0, 1,
    ]);
  });

  it('resolves the outcome of a COMMIT that was not answered (S-176)', async () => {
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
