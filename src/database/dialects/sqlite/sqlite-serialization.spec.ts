import { beforeAll, describe, expect, it } from '@jest/globals';
import { AsyncResource } from 'node:async_hooks';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { Marks, notFound } from '../../../../test/support/marks.js';
import { codeOf } from '../../../../test/support/unit.js';
import { openDataSource } from '../../../server/database/open-data-source.js';
import type { Database } from '../../database.js';

const marks = new Marks((directory) =>
  openDataSource({ url: `sqlite:${fileIn(directory)}`, tls: 'auto', caFile: undefined }),
);
const fileIn = (directory: string) => join(directory, 'db', 'gatehouse.sqlite');
const file = fileIn(marks.directory);
const { add, directory, names, transaction } = marks;
let dataSource: DataSource;
let database: Database;
beforeAll(() => void ({ dataSource, database } = marks));

const increment = () =>
  transaction(async (manager) => {
    const [row] = await manager.query<{ n: number }[]>("SELECT n FROM marks WHERE name = 'sum'");
    await sleep(1);
    await manager.query("UPDATE marks SET n = ? WHERE name = 'sum'", [(row?.n ?? 0) + 1]);
  });

const pragma = async (name: string) =>
  Object.values((await dataSource.query<Record<string, unknown>[]>(`PRAGMA ${name}`))[0] ?? {})[0];

describe('SQLite through one connection', () => {
  it('does not let parallel transactions interleave: no update is lost (S-181)', async () => {
    await dataSource.query("INSERT INTO marks VALUES ('sum', 0)");
    await Promise.all(Array.from({ length: 50 }, increment));
    expect(await dataSource.query("SELECT n FROM marks WHERE name = 'sum'")).toEqual([{ n: 50 }]);
  });

  it('rolls one transaction back without affecting concurrent ones (S-181)', async () => {
    const mixed = Array.from({ length: 50 }, async (_, n) => {
      if (n % 3 === 0) {
        await transaction(async (manager) => {
          await add(manager, `kept ${n}`);
          await sleep(1);
        });
      } else if (n % 3 === 1) {
        const failing = transaction(async (manager) => {
          await add(manager, `undone ${n}`);
          await sleep(1);
          throw new Error('undone');
        });
        await expect(failing).rejects.toThrow('undone');
      } else {
        await database.write((manager) => add(manager, `alone ${n}`), notFound);
      }
    });
    await Promise.all(mixed);
    const all = await names();
    expect(all.filter((name) => name.startsWith('undone'))).toEqual([]);
    expect(all).toHaveLength(17 + 16);
  });

  it('keeps a foreign statement out of an open transaction, and hides uncommitted rows (S-181)', async () => {
    let seen: string[] | undefined;
    let reading: Promise<void> | undefined;
    // Bound to the outer context: a read by the work itself would be part of its transaction.
    const namesFromOutside = AsyncResource.bind(names);
    const failing = transaction(async (manager) => {
      await add(manager, 'never committed');
      reading = namesFromOutside().then((each) => void (seen = each));
      await sleep(20);
      expect(seen).toBeUndefined();
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    await reading;
    expect(seen).toEqual([]);
  });

  it('works after a transaction that SQLite rolled back by itself (S-174, S-181)', async () => {
    const conflicting = transaction(async (manager) => {
      await add(manager, 'undone');
      await manager.query("INSERT OR ROLLBACK INTO marks VALUES ('undone', 1)");
    });
    await expect(conflicting).rejects.toThrow(/UNIQUE/);
    await transaction((manager) => add(manager, 'next'));
    expect(await names()).toEqual(['next']);
  });

  it('works after a full disk (S-174, S-181)', async () => {
    const [{ page_count: pages = 0 } = {}] =
      await dataSource.query<{ page_count?: number }[]>('PRAGMA page_count');
    await dataSource.query(`PRAGMA max_page_count = ${pages}`);
    const code = codeOf(() =>
      transaction(async (manager) => {
        for (let n = 0; n < 1000; n++) await add(manager, `${n}${'x'.repeat(1000)}`);
      }),
    );
    expect(await code).toBe(50301);
    await dataSource.query('PRAGMA max_page_count = 1000000');
    await transaction((manager) => add(manager, 'next'));
    expect(await names()).toEqual(['next']);
  });

  it('has WAL, full synchronisation, foreign keys and no busy time-out that would block the event loop (S-181)', async () => {
    expect([
      await pragma('journal_mode'),
      await pragma('synchronous'),
      await pragma('foreign_keys'),
      await pragma('busy_timeout'),
    ]).toEqual(['wal', 2, 1, 1]);
  });

  it('gives 503 when another process holds the file, and works afterwards (S-174)', async () => {
    const other = await openDataSource({ url: `sqlite:${file}`, tls: 'auto', caFile: undefined });
    const runner = other.createQueryRunner();
    await runner.startTransaction();
    try {
      await dataSource.query('PRAGMA busy_timeout = 10');
      expect(await codeOf(() => transaction((manager) => add(manager, 'refused')))).toBe(50301);
    } finally {
      await runner.rollbackTransaction();
      await other.destroy();
      await dataSource.query('PRAGMA busy_timeout = 1000');
    }
    await transaction((manager) => add(manager, 'next'));
    expect(await names()).toEqual(['next']);
  });

  it('can be read by its owner only, like its journal (S-158)', () => {
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(file + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    expect(statSync(join(directory, 'db')).mode & 0o777).toBe(0o700);
  });
});
