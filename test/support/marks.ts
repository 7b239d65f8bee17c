// A table of marks on a private SQLite, for specs about statements and transactions.
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, EntityManager } from 'typeorm';
import { CacheInvalidation } from '../../src/common/cache-invalidation.js';
import { Database } from '../../src/database/database.js';
import { EventBus } from '../../src/events/event-bus.js';
import { SetClock } from './unit.js';

export const notFound = () => Promise.resolve(undefined);

export class Marks {
  readonly directory = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'));
  dataSource!: DataSource;
  database!: Database;

  /** Opens the database for the whole test file, and empties the table before each test. */
  constructor(open: (directory: string) => Promise<DataSource>) {
    beforeAll(async () => {
      this.dataSource = await open(this.directory);
      this.database = new Database(
        this.dataSource,
        new CacheInvalidation(),
        new EventBus(new SetClock()),
      );
      await this.dataSource.query(
        'CREATE TABLE marks (name TEXT PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0)',
      );
    });
    beforeEach(() => this.dataSource.query('DELETE FROM marks'));
    afterAll(async () => {
      await this.dataSource.destroy();
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  add = (manager: EntityManager, name: string, n = 0) =>
    manager.query('INSERT INTO marks VALUES (?, ?)', [name, n]);

  names = async () =>
    (await this.dataSource.query<{ name: string }[]>('SELECT name FROM marks ORDER BY name')).map(
      ({ name }) => name,
    );

  transaction = (work: (manager: EntityManager) => Promise<unknown>) =>
    this.database.transaction(work, notFound);
}
