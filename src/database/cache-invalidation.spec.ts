import { describe, expect, it } from '@jest/globals';
import { DatabaseBench, failing, LOST } from '../../test/support/data-source.js';
import { codeOf } from '../../test/support/unit.js';

const unknown = () => Promise.resolve(undefined);

describe.each(['write', 'transaction'] as const)('cache invalidation by Database.%s', (way) => {
  it('happens after the commit and before the answer (S-55, S-59)', async () => {
    const bench = new DatabaseBench();
    const order: string[] = [];
    await bench.database[way](
      async (manager) => {
        await bench.statement(manager);
        order.push(`working, told ${bench.invalidated.length}`);
      },
      unknown,
      ['user-1'],
    );
    expect(order).toEqual(['working, told 0']);
    expect(bench.invalidated).toEqual([['user-1']]);
  });

  it('is reported to other instances', async () => {
    const bench = new DatabaseBench();
    await bench.database[way](bench.statement, unknown, ['user-1']);
    expect(bench.reported).toEqual([['user-1']]);
  });

  it('concerns all rows, unless the caller names some', async () => {
    const bench = new DatabaseBench();
    await bench.database[way](bench.statement, unknown);
    expect(bench.invalidated).toEqual([undefined]);
  });

  it('happens even if the work fails, because some of it may have been committed', async () => {
    const bench = new DatabaseBench();
    const refuse = () => Promise.reject(new Error('no such user'));
    await expect(bench.database[way](refuse, unknown, ['user-1'])).rejects.toThrow('no such user');
    expect(bench.invalidated).toEqual([['user-1']]);
  });
});

describe('a database that cannot be reached', () => {
  it('invalidates all caches, so that nobody is admitted from memory (S-178)', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', LOST);
    expect(await codeOf(() => bench.database.read(bench.statement))).toBe(50301);
    expect(bench.invalidated).toEqual([undefined]);
  });

  it('is no change that other instances have to know', async () => {
    const bench = new DatabaseBench();
    bench.on = failing('query', LOST);
    await codeOf(() => bench.database.read(bench.statement));
    await codeOf(() => bench.database.write(bench.statement, unknown, ['user-1']));
    expect(bench.reported).toEqual([['user-1']]);
  });
});
