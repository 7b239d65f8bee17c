import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { definitionsOf, tablesOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';
import { pendingChanges } from './pending-changes.js';

const TABLES = [
  'accounts',
  'api_key_issues',
  'api_keys',
  'audit_chains',
  'audit_counts',
  'audit_pending',
  'audit_records',
  'audit_seals',
  'event_deliveries',
  'known_keys',
  'one_time_links',
  'refresh_tokens',
  'roles',
  'sign_in_networks',
  'users',
  'webhook_deliveries',
  'webhooks',
];

const BYTEWISE = new Set(['BINARY', 'ascii_bin', 'utf8mb4_bin', 'C']);

/** The collation of each text column. */
const COLLATIONS = {
  sqlite: `SELECT m.name AS "table", c.name AS "column", CASE WHEN m.sql LIKE '%COLLATE%' THEN m.sql ELSE 'BINARY' END AS "collation"
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE c.type LIKE '%char%'`,
  mariadb: `SELECT table_name AS "table", column_name AS "column", collation_name AS "collation"
    FROM information_schema.columns WHERE table_schema = DATABASE() AND data_type LIKE '%char%'`,
  postgres: `SELECT table_name AS "table", column_name AS "column", collation_name AS "collation"
    FROM information_schema.columns WHERE table_schema = current_schema() AND data_type LIKE '%char%'`,
};

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
      expect(await pendingChanges(dataSource)).toEqual([]);
    });

    it('make every text column compare bytes, whatever the default of the server is (S-113, S-182)', async () => {
      const rows = await database.query(COLLATIONS[target.database]);
      const columns = rows.filter(({ table }) => TABLES.includes(table as string));
      expect(columns.length).toBeGreaterThan(30);
      const others = columns.filter(({ collation }) => !BYTEWISE.has(collation as string));
      expect(others).toEqual([]);
    });

    it('can be reverted completely and applied again to the same schema (S-157)', async () => {
      const before = await definitionsOf(database);
      for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
      expect(await ownTables()).toEqual([]);
      const applied = await dataSource.runMigrations();
      expect(applied).toHaveLength(dataSource.migrations.length);
      expect(await definitionsOf(database)).toEqual(before);
      expect(await pendingChanges(dataSource)).toEqual([]);
    });

    it('are the only way to change the schema: synchronisation is off (S-157)', () => {
      expect(dataSource.options.synchronize).toBe(false);
      expect(dataSource.options.dropSchema ?? false).toBe(false);
      expect(dataSource.options.logging).toBe(false);
    });

    async function ownTables(): Promise<string[]> {
      return (await tablesOf(database)).filter((name) => !name.startsWith('gatehouse_migration'));
    }
  },
  { adapters: ['fastify'] },
);
