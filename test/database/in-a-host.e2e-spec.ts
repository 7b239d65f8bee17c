// Gatehouse's tables in a host's database: beside the host's own, with a prefix, and twice.
import { describe, expect, it } from '@jest/globals';
import { EntitySchema, type DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { onDispose } from '../support/cleanup.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { describeTargets } from '../support/targets.js';

/** An entity of the host with the class name and the table name of one of Gatehouse's. */
const HostUser = new EntitySchema({
  name: 'User',
  tableName: 'users',
  columns: { id: { type: Number, primary: true }, nickname: { type: String, length: 50 } },
});

class CreateHostUsers1700000000000 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE users (id integer NOT NULL PRIMARY KEY, nickname varchar(50) NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE users');
  }
}

const forHosts = () => importBuilt('database/for-hosts.js');

async function open(
  database: TestDatabase,
  options: Partial<DataSourceOptions>,
): Promise<DataSource> {
  const dataSource = await openHostDataSource(database, options);
  onDispose(() => dataSource.destroy());
  return dataSource;
}

async function pendingChanges(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

const tablesOf = async (dataSource: DataSource, ...names: string[]): Promise<boolean[]> => {
  const runner = dataSource.createQueryRunner();
  const found: boolean[] = [];
  for (const name of names) found.push(await runner.hasTable(name));
  await runner.release();
  return found;
};

describeTargets(
  "Gatehouse's tables in a host's database",
  (target) => {
    it("are created beside the host's own migrations, as the entities describe them (S-157)", async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const dataSource = await open(await createTestDatabase(target.database), {
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
      });
      const applied = await dataSource.runMigrations();
      expect(applied.map(({ name }) => name)).toEqual([
        'GatehouseCreateAccountsUsersRefreshTokens1764000000000',
        'GatehouseCreateRolesApiKeys1764100000000',
        'GatehouseRecordKeys1764300000000',
        'GatehouseAddAccessGeneration1764400000000',
      ]);
      expect(await pendingChanges(dataSource)).toEqual([]);
      expect(await dataSource.runMigrations()).toEqual([]);
    });

    it('can have a prefix beside a table and an entity of the same name', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const tablePrefix = 'auth_';
      const dataSource = await open(await createTestDatabase(target.database), {
        entities: [HostUser, ...gatehouseEntities({ tablePrefix })],
        migrations: [CreateHostUsers1700000000000, ...gatehouseMigrations({ tablePrefix })],
      });
      await dataSource.runMigrations();
      expect(await pendingChanges(dataSource)).toEqual([]);
      const sessions = dataSource.entityMetadatas.find(
        ({ tableName }) => tableName === 'auth_refresh_tokens',
      );
      const referred = sessions?.foreignKeys.map(({ referencedTablePath }) => referencedTablePath);
      expect(referred?.toSorted()).toEqual(['auth_accounts', 'auth_api_keys', 'auth_users']);

      for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
      expect(await tablesOf(dataSource, 'users', 'auth_users', 'auth_roles')).toEqual([
        false,
        false,
        false,
      ]);
      await dataSource.runMigrations();
      expect(await pendingChanges(dataSource)).toEqual([]);
    });

    it('can exist twice in one database, with two prefixes', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const database = await createTestDatabase(target.database);
      for (const tablePrefix of ['staff_', '']) {
        const dataSource = await open(database, {
          entities: gatehouseEntities({ tablePrefix }),
          migrations: gatehouseMigrations({ tablePrefix }),
        });
        expect(await dataSource.runMigrations()).toHaveLength(gatehouseMigrations().length);
        expect(await pendingChanges(dataSource)).toEqual([]);
      }
    });

    it("follow the host's own entityPrefix", async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const dataSource = await open(await createTestDatabase(target.database), {
        entityPrefix: 'shop_',
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
      });
      await dataSource.runMigrations();
      expect(await tablesOf(dataSource, 'shop_users', 'users')).toEqual([true, false]);
      expect(await pendingChanges(dataSource)).toEqual([]);
    });
  },
  { adapters: ['fastify'] },
);

describe('a table prefix', () => {
  it.each(['9', 'a-b', 'a b', 'x'.repeat(21), "'", 'ä', '`'])(
    'cannot be %j',
    async (tablePrefix) => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      expect(() => gatehouseEntities({ tablePrefix })).toThrow('tablePrefix must be');
      expect(() => gatehouseMigrations({ tablePrefix })).toThrow('tablePrefix must be');
    },
  );
});
