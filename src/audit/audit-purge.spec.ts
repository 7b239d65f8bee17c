import { describe, expect, it } from '@jest/globals';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import type { Database } from '../database/database.js';
import type { AuditCountsRepository } from './audit-counts.repository.js';
import { AuditPurge } from './audit-purge.js';
import type { ChainPurge } from './seal/chain-purge.js';

/** A purge over old rows, and the accounts and sizes of its batches. */
function purgeOver(rows: Record<string, number>) {
  const batches: [string, number][] = [];
  let searches = 0;
  const chains = {
    accountsBefore: (_: number, after = '') => {
      searches++;
      const left = Object.keys(rows).filter((each) => each > after && rows[each] !== 0);
      return Promise.resolve(left.slice(0, 2));
    },
    purge: (accountId: string, _: number, take: number) => {
      batches.push([accountId, take]);
      if (accountId === 'damaged') return Promise.resolve(false);
      const deleted = Math.min(take, rows[accountId] ?? 0);
      rows[accountId] = (rows[accountId] ?? 0) - deleted;
      return Promise.resolve(deleted === take);
    },
  };
  const housekeeping = new Housekeeping();
  void new AuditPurge(
    { retentionMs: 1, changedSettings: [] },
    {} as AuditCountsRepository,
    chains as unknown as ChainPurge,
    { transaction: () => Promise.resolve(false) } as unknown as Database,
    new Clock(),
    housekeeping,
  );
  return { housekeeping, batches, searches: () => searches };
}

describe('AuditPurge', () => {
  it('purges one account to its end before the next, and asks once for a page of accounts (S-168)', async () => {
    const rows = { a: 600, b: 1, c: 16 };
    const { housekeeping, batches, searches } = purgeOver(rows);
    await housekeeping.run();
    expect(rows).toEqual({ a: 0, b: 0, c: 0 });
    expect(batches).toEqual([
      ['a', 16],
      ['a', 500],
      ['a', 500],
      ['b', 16],
      ['c', 16],
      ['c', 500],
    ]);
    expect(searches()).toBe(3);
  });

  it('comes to a damaged account once in each run, whatever others have (S-168)', async () => {
    const { housekeeping, batches } = purgeOver({ a: 3000, damaged: 1, e: 3000 });
    for (const run of [1, 2]) {
      await housekeeping.run();
      expect(batches.filter(([accountId]) => accountId === 'damaged')).toHaveLength(run);
    }
  });

  it('stops after the batch during which the shutdown begins (S-168)', async () => {
    const { housekeeping, batches } = purgeOver({ a: 3000, b: 3000 });
    const running = housekeeping.run();
    await housekeeping.beforeApplicationShutdown();
    await running;
    expect(batches).toHaveLength(1);
  });
});
