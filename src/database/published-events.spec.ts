import { describe, expect, it } from '@jest/globals';
import { DatabaseBench, DEADLOCK, failing, LOST } from '../../test/support/data-source.js';
import { codeOf } from '../../test/support/unit.js';
import { SYSTEM, type NewEvent } from '../events/gatehouse-event.js';

const CHANGED: NewEvent = { name: 'account.changed', accountId: 'account-1', ...SYSTEM };
const unknown = () => Promise.resolve(undefined);
const eventsOf = (isChanged: unknown) => (isChanged ? [CHANGED] : []);

describe.each(['write', 'transaction'] as const)('the events of Database.%s', (way) => {
  it('are published after the commit and after the cache invalidation', async () => {
    const bench = new DatabaseBench();
    const order: number[][] = [];
    await bench.database[way](
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
      [1, 0],
    ]);
    expect(bench.published).toEqual(['account.changed']);
  });

  it('depend on the result', async () => {
    const bench = new DatabaseBench();
    await bench.database[way](() => Promise.resolve(false), unknown, [], eventsOf);
    expect(bench.published).toEqual([]);
  });

  it('are published once, however often the work is repeated', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', DEADLOCK, 2);
    await bench.database[way](bench.statement, unknown, [], () => [CHANGED]);
    expect(bench.published).toEqual(['account.changed']);
  });

  it('are not published when the work fails', async () => {
    const bench = new DatabaseBench();
    const refuse = () => Promise.reject(new Error('no such user'));
    await expect(bench.database[way](refuse, unknown, [], eventsOf)).rejects.toThrow('no such');
    expect(bench.published).toEqual([]);
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

  it('are not published when it had not, or something else came first (S-176)', async () => {
    const bench = new DatabaseBench();
    expect(await codeOf(() => changing(bench, unknown))).toBe(50301);
    await changing(bench, () => Promise.resolve(false));
    expect(bench.published).toEqual([]);
  });
});
