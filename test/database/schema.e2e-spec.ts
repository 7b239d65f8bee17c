import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { definitionsOf, tablesOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';

const TABLES = [
  'accounts',
  'api_key_issues',
  'api_keys',
  'known_keys',
  'refresh_tokens',
  'roles',
  'users',
];

describeTargets(
  'the migrations',
  (target) => {
    let database: TestDatabase;
    let dataSource: DataSource;
    beforeAll(async () => {
      database = await createTestDatabase(target.database);
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      // With the type mysql, TypeORM would report MariaDB's form of "no default" as a change.
      const url = database.url.replace(/^mysql:/, 'mariadb:');
      dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
    });
    afterAll(() => dataSource.destroy());

    it('create the schema that the entities describe (S-157)', async () => {
      expect(await ownTables()).toEqual(TABLES);
      expect(await pendingChanges()).toEqual([]);
    });

    it('can be reverted completely and applied again to the same schema (S-157)', async () => {
      const before = await definitionsOf(database);
      for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
      expect(await ownTables()).toEqual([]);
      const applied = await dataSource.runMigrations();
      expect(applied).toHaveLength(dataSource.migrations.length);
      expect(await definitionsOf(database)).toEqual(before);
      expect(await pendingChanges()).toEqual([]);
    });

    it('are the only way to change the schema: synchronisation is off (S-157)', () => {
      expect(dataSource.options.synchronize).toBe(false);
      expect(dataSource.options.dropSchema ?? false).toBe(false);
      expect(dataSource.options.logging).toBe(false);
    });

    /** What TypeORM would change to make the tables those of the entities, which it is told to leave alone. */
    async function pendingChanges(): Promise<string[]> {
      for (const metadata of dataSource.entityMetadatas) {
        metadata.synchronize = true;
        if (target.database !== 'postgres') continue;
        // An entity is the same on every engine; the migrations add that text is compared byte by byte.
        for (const column of metadata.columns.filter(({ type }) => type === 'varchar')) {
          column.collation = 'C';
        }
      }
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      return upQueries.map(({ query }) => query);
    }

    async function ownTables(): Promise<string[]> {
      return (await tablesOf(database)).filter((name) => !name.startsWith('gatehouse_migration'));
    }
  },
  { adapters: ['fastify'] },
);
