import { beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Marks, notFound } from '../../../../test/support/marks.js';
import { sqliteDriver } from '../../../server/database/engines/sqlite/sqlite-driver.js';
import type { Database } from '../../database.js';
import { serializeHostsSqlite } from './sqlite-callers.js';

const marks = new Marks(async (directory) => {
  const host = new DataSource({
    type: 'better-sqlite3',
    driver: sqliteDriver(),
    database: join(directory, 'host.sqlite'),
  });
  await host.initialize();
  serializeHostsSqlite(host);
  return host;
});
const { add, names, transaction } = marks;
let dataSource: DataSource;
let database: Database;
beforeAll(() => void ({ dataSource, database } = marks));

describe("a host's code that does not use its transaction's manager", () => {
  it('joins the surrounding transaction and does not wait for itself', async () => {
    const around = dataSource.transaction(async () => {
      await dataSource.query("INSERT INTO marks VALUES ('past the manager', 0)");
      throw new Error('undone');
    });
    await expect(around).rejects.toThrow('undone');
    expect(await names()).toEqual([]);
  });

  it('makes an inner transaction part of the outer one', async () => {
    await dataSource.transaction(async (outer) => {
      await add(outer, 'outer');
      const inner = dataSource.transaction(async (manager) => {
        await add(manager, 'inner');
        throw new Error('undone');
      });
      await expect(inner).rejects.toThrow('undone');
      await transaction((manager) => add(manager, 'ours'));
    });
    expect(await names()).toEqual(['ours', 'outer']);
  });

  it('rolls back only its own part when that fails, and lets the rest be committed', async () => {
    await dataSource.transaction(async (outer) => {
      await add(outer, 'outer');
      const ours = transaction(async (manager) => {
        await add(manager, 'undone');
        throw new Error('undone');
      });
      await expect(ours).rejects.toThrow('undone');
    });
    expect(await names()).toEqual(['outer']);
    await transaction((manager) => add(manager, 'next'));
    expect(await names()).toEqual(['next', 'outer']);
  });

  it('keeps concurrent transactions apart (S-181)', async () => {
    const around = dataSource.transaction(async (manager) => {
      await add(manager, 'undone');
      await sleep(20);
      throw new Error('undone');
    });
    const beside = Promise.all([
      transaction((manager) => add(manager, 'beside')),
      dataSource.transaction((manager) => add(manager, 'beside too')),
    ]);
    await expect(around).rejects.toThrow('undone');
    await beside;
    expect(await names()).toEqual(['beside', 'beside too']);
  });

  it('makes a single write of Gatehouse part of the surrounding transaction', async () => {
    const around = dataSource.transaction(async () => {
      await database.write((manager) => add(manager, 'ours'), notFound);
      throw new Error('undone');
    });
    await expect(around).rejects.toThrow('undone');
    expect(await names()).toEqual([]);
  });
});
