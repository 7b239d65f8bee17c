import { describe, expect, it } from '@jest/globals';
import { DatabaseBench, DEADLOCK, failing, LOST } from '../../test/support/data-source.js';
import { codeOf } from '../../test/support/unit.js';
import { SYSTEM, type NewEvent } from '../events/gatehouse-event.js';

const CHANGED: NewEvent = { name: 'account.changed', accountId: 'account-1', ...SYSTEM };
const unknown = () => Promise.resolve(undefined);
const eventsOf = (isChanged: unknown) => (isChanged ? [CHANGED] : []);

describe('the events of a transaction', () => {
  it('are published after the commit and after the cache invalidation', async () => {
    const bench = new DatabaseBench();
    const order: number[][] = [];
    await bench.database.transaction(
      async (manager) => {
        await bench.statement(manager);
        order.push([bench.invalidated.length, bench.published.length]);
        return true;
      },
      unknown,
      [],
      (isChanged) => {
        order.push([bench.invalidated.length, bench.published.length]);
        return eventsOf(isChanged);
      },
    );
    expect(order).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(bench.invalidated).toEqual([[]]);
    expect(bench.published).toEqual(['account.changed']);
  });

  it('depend on the result', async () => {
    const bench = new DatabaseBench();
    await bench.database.transaction(() => Promise.resolve(false), unknown, [], eventsOf);
    expect(bench.published).toEqual([]);
  });

  it('are published once, however often the work is repeated', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', DEADLOCK, 2);
    await bench.database.transaction(bench.statement, unknown, [], () => [CHANGED]);
    expect(bench.published).toEqual(['account.changed']);
  });

  it('are not published when the work fails', async () => {
    const bench = new DatabaseBench();
    const refuse = () => Promise.reject(new Error('no such user'));
    await expect(bench.database.transaction(refuse, unknown, [], eventsOf)).rejects.toThrow(
      'no such',
    );
    expect(bench.published).toEqual([]);
  });
});

describe('the recording of events', () => {
  it('is part of the transaction, and its failure fails the change (S-152)', async () => {
    const bench = new DatabaseBench();
    bench.events.recordWith(() => Promise.reject(new Error('no room')));
    const change = bench.database.transaction(bench.statement, unknown, [], () => [CHANGED]);
    await expect(change).rejects.toThrow('no room');
    expect(bench.steps('rollback')).toBe(1);
    expect(bench.steps('commit')).toBe(0);
    expect(bench.published).toEqual([]);
  });

  it('is made again with the change that is repeated, and publishes what was committed', async () => {
    const bench = new DatabaseBench();
    const recorded: string[] = [];
    const published: string[] = [];
    bench.events.recordWith(async (events) => void recorded.push(...events.map(({ id }) => id)));
    bench.events.subscribe(({ id }) => void published.push(id));
    bench.on = failing('commit', DEADLOCK, 1);
    await bench.database.transaction(bench.statement, unknown, [], () => [CHANGED]);
    expect(recorded).toHaveLength(2);
    expect(published).toEqual([recorded[1]]);
  });
});

describe('the events of a transaction whose COMMIT got lost', () => {
  const changing = (bench: DatabaseBench, findOut: () => Promise<boolean | undefined>) => {
    bench.on = failing('commit', LOST);
    return bench.database.transaction(() => Promise.resolve(true), findOut, [], eventsOf);
  };

  it('are published when it had happened (S-176)', async () => {
    const bench = new DatabaseBench();
    await changing(bench, () => Promise.resolve(true));
    expect(bench.published).toEqual(['account.changed']);
  });

  it('are those of the result that was to be committed, where the look-up gives it back (S-176)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('commit', LOST);
    const ended = [CHANGED, CHANGED];
    await bench.database.transaction(
      () => Promise.resolve<readonly NewEvent[]>(ended),
      (_manager, lost) => Promise.resolve(lost),
      [],
      (events) => events,
    );
    expect(bench.published).toEqual(['account.changed', 'account.changed']);
  });

  it('are not published when it had not, or something else came first (S-176)', async () => {
    const bench = new DatabaseBench();
    expect(await codeOf(() => changing(bench, unknown))).toBe(50301);
    await changing(bench, () => Promise.resolve(false));
    expect(bench.published).toEqual([]);
  });
});
