import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type EntityManager } from 'typeorm';
import { SetClock } from '../../test/support/unit.js';
import { CacheInvalidation } from '../common/cache-invalidation.js';
import { Database } from '../database/database.js';
import { serializeHostsSqlite } from '../database/dialects/sqlite/sqlite-callers.js';
import { gatehouseEntities, gatehouseMigrations } from '../database/for-hosts.js';
import { EventBus } from '../events/event-bus.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { sqliteDriver } from '../server/database/engines/sqlite/sqlite-driver.js';
import { AuditCountsRepository } from './audit-counts.repository.js';
import { AuditRecorder } from './audit-recorder.js';
import { AuditRecordsRepository } from './audit-records.repository.js';
import { SealKeys } from './seal/seal-keys.js';
import type { Sealer } from './seal/sealer.js';

const DENIED: NewEvent = {
  name: 'access.denied',
  accountId: 'account-1',
  actorId: 'user-1',
  actorType: 'user',
  targetId: undefined,
  reason: 'needs users:write',
};

const directory = mkdtempSync(join(tmpdir(), 'audit-recorder-'));
const dataSource = new DataSource({
  type: 'better-sqlite3',
  driver: sqliteDriver(),
  database: join(directory, 'host.sqlite'),
  entities: [...gatehouseEntities()],
  migrations: [...gatehouseMigrations()],
});
let bus: EventBus;
let database: Database;

beforeEach(async () => {
  if (!dataSource.isInitialized) {
    await dataSource.initialize();
    await dataSource.runMigrations();
    serializeHostsSqlite(dataSource);
  }
  await dataSource.query('DELETE FROM audit_records');
  await dataSource.query('DELETE FROM audit_counts');
  bus = new EventBus(new SetClock());
  database = new Database(dataSource, new CacheInvalidation(), bus);
  const records = new AuditRecordsRepository(new SealKeys([randomBytes(32)]));
  const sealer = { wake: () => undefined } as unknown as Sealer;
  void new AuditRecorder(records, new AuditCountsRepository(), sealer, database, bus);
});
afterAll(async () => {
  await dataSource.destroy();
  rmSync(directory, { recursive: true });
});

const rows = async (): Promise<number> =>
  (await dataSource.query('SELECT id FROM audit_records')).length;

describe("a refusal on a host's SQLite", () => {
  it.each<[string, (manager: EntityManager) => Promise<void>]>([
    ['with its manager', (manager) => bus.reportWithin(manager, DENIED)],
    ['without it', () => bus.report(DENIED)],
  ])('within a transaction that is rolled back has its row, %s (S-152)', async (_, report) => {
    const undone = dataSource.transaction(async (manager) => {
      await manager.transaction(async (savepoint) => report(savepoint));
      expect(await manager.query('SELECT id FROM audit_records')).toEqual([]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await bus.report(DENIED);
    expect(await rows()).toBe(1);
    expect(await dataSource.query('SELECT occurrences FROM audit_counts')).toEqual([
      { occurrences: 1 },
    ]);
  });

  it('is stored with what else stores it, and published after that (S-144, S-152)', async () => {
    const published: string[] = [];
    bus.subscribe(({ name }) => void published.push(name));
    let fault: Error | undefined = new Error('no room');
    bus.recordRefusalsWith(() => (fault ? Promise.reject(fault) : Promise.resolve()));
    await expect(bus.report(DENIED)).rejects.toMatchObject({ entry: { code: 50301 } });
    expect([await rows(), published]).toEqual([0, []]);
    fault = undefined;
    await bus.report(DENIED);
    expect([await rows(), published]).toEqual([1, ['access.denied']]);
  });

  it('shares one transaction with those that come together (S-152, S-178)', async () => {
    let begun = 0;
    dataSource.subscribers.push({ afterTransactionStart: () => void begun++ });
    await Promise.all(Array.from({ length: 100 }, () => bus.report(DENIED)));
    dataSource.subscribers.pop();
    expect(await rows()).toBe(1);
    expect(begun).toBe(1);
  });

  it('joins no later transaction of the code that reported it (S-152)', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.commitTransaction();
    const reported = bus.report(DENIED);
    await runner.startTransaction();
    await new Promise(setImmediate);
    await runner.rollbackTransaction();
    await runner.release();
    await reported;
    expect(await rows()).toBe(1);
  });
});
