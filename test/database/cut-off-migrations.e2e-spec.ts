// Migrations that are interrupted at every statement: each attempt gets one statement further.
import { beforeAll, expect, it } from '@jest/globals';
import {
  TableColumn,
  TableForeignKey,
  Table,
  type DataSource,
  type DataSourceOptions,
  type QueryRunner,
} from 'typeorm';
import { dataSourceOf } from '../../src/database/data-source-of.js';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type DatabaseKind, type TestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { definitionsOf, tablesOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';
import { attemptAll, CutOffError, dieAtNext, type Moment } from './cut-off.js';

type Mode = 'all' | 'each' | 'none';

const forHosts = () => importBuilt('database/for-hosts.js');

describeTargets(
  'interrupted migrations',
  (target) => {
    let wanted: string[];
    beforeAll(async () => {
      wanted = await schemaAfter('');
    });

    it.each<[Moment, string, Mode]>(
      target.database === 'postgres'
        ? // In the other modes TypeORM's own transaction leaves nothing behind.
          [['after', 'auth_', 'none']]
        : [
            ['before', '', 'all'],
            ['after', 'auth_', 'each'],
          ],
    )(
      'resume up and down when interrupted %s each change, with the prefix "%s" and the mode %s (S-203)',
      async (moment, tablePrefix, migrationsTransactionMode) => {
        const database = await createTestDatabase(target.database);
        const whole = tablePrefix === '' ? wanted : await schemaAfter(tablePrefix);
        const connect = () => openHost(database, tablePrefix, { migrationsTransactionMode });
        const cuts = await attemptAll(connect, moment, (each) => each.runMigrations());
        expect(cuts).toBeGreaterThan(10);
        expect(await definitionsOf(database)).toEqual(whole);

        const cutsDown = await attemptAll(connect, moment, async (each) => {
          const transaction = migrationsTransactionMode;
          while ((await applied(database)) > 0) await each.undoLastMigration({ transaction });
        });
        expect(cutsDown).toBeGreaterThan(10);
        expect(await definitionsOf(database)).toEqual([]);

        const again = await connect();
        await again.runMigrations();
        await again.destroy();
        expect(await definitionsOf(database)).toEqual(whole);
      },
      180_000,
    );

    it('of an earlier release are completed by the service (S-203)', async () => {
      const { MIGRATIONS } = await importBuilt('database/migrations/index.js');
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      for (const changes of [1, 3, 6, 8]) {
        const database = await createTestDatabase(target.database);
        // Records no progress, like earlier releases.
        const plain = await openHostDataSource(database, {
          migrations: [...MIGRATIONS],
          migrationsTableName: 'gatehouse_migrations',
        });
        dieAtNext(plain, new Set(), 'after', changes);
        await expect(plain.runMigrations()).rejects.toThrow(CutOffError);
        await plain.destroy();
        const dataSource = await openDataSource({
          url: database.url,
          tls: 'auto',
          caFile: undefined,
        });
        await dataSource.destroy();
        expect(await definitionsOf(database)).toEqual(wanted);
      }
    });

    it('are completed by the service during a revert, and then applied again (S-203)', async () => {
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      const database = await createTestDatabase(target.database);
      const options = { url: database.url, tls: 'auto', caFile: undefined } as const;
      const dataSource = await openDataSource(options);
      dieAtNext(dataSource, new Set(), 'after', 1);
      await expect(dataSource.undoLastMigration()).rejects.toThrow(CutOffError);
      await dataSource.destroy();
      await (await openDataSource(options)).destroy();
      expect(await definitionsOf(database)).toEqual(wanted);
    });

    it('do not accept a foreign table as their own (S-203)', async () => {
      const database = await createTestDatabase(target.database);
      await database.query('CREATE TABLE accounts (id integer NOT NULL PRIMARY KEY)');
      for (const _ of [1, 2]) {
        const dataSource = await openHost(database, '');
        await expect(dataSource.runMigrations()).rejects.toThrow(/accounts.* already exists/);
        await dataSource.destroy();
      }
    });

    async function openHost(
      database: TestDatabase,
      tablePrefix: string,
      options: Partial<DataSourceOptions> = {},
    ): Promise<DataSource> {
      const { gatehouseMigrations } = await forHosts();
      // Without entities, which migrations do not need, but which take most of the time to connect.
      return openHostDataSource(database, {
        ...options,
        migrations: gatehouseMigrations({ tablePrefix }),
      });
    }

    async function schemaAfter(tablePrefix: string): Promise<string[]> {
      const database = await createTestDatabase(target.database);
      const dataSource = await openHost(database, tablePrefix);
      await dataSource.runMigrations();
      await dataSource.destroy();
      return definitionsOf(database);
    }
  },
  { adapters: ['fastify'] },
);

class CountOrders1770000000000 {
  async up(runner: QueryRunner): Promise<void> {
    const id = { name: 'id', type: 'int', isPrimary: true };
    await runner.createTable(
      new Table({ name: 'counters', columns: [id, { name: 'n', type: 'int' }] }),
    );
    const { driver } = dataSourceOf(runner);
    const places = [0, 1].map((index) => driver.createParameter('', index)).join();
    await runner.query(`INSERT INTO counters (id, n) VALUES (${places})`, [1, 0]);
    await runner.query('UPDATE counters SET n = n + 1');
    await runner.addColumn('counters', new TableColumn({ name: 'm', type: 'int', default: 0 }));
    await runner.manager
      .createQueryBuilder()
      .update('counters')
      .set({ n: () => 'n + 10' })
      .execute();
    await runner.createTable(
      new Table({ name: 'orders', columns: [id, { name: 'counter_id', type: 'int' }] }),
    );
    await runner.createForeignKey(
      'orders',
      new TableForeignKey({
        name: 'orders_counter',
        columnNames: ['counter_id'],
        referencedTableName: 'counters',
        referencedColumnNames: ['id'],
        onDelete: 'CASCADE',
      }),
    );
    await runner.query('INSERT INTO orders (id, counter_id) VALUES (1, 1)');
    // A table that others refer to, which SQLite creates again.
    await runner.renameColumn('counters', 'm', 'o');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.renameColumn('counters', 'o', 'm');
    await runner.query('UPDATE counters SET n = n - 10');
  }
}

describeTargets(
  "a host's own resumable migration",
  (target) => {
    const attempts: Record<DatabaseKind, [Mode, Moment][]> = {
      sqlite: [
        ['all', 'before'],
        ['all', 'after'],
        ['none', 'before'],
        ['none', 'after'],
      ],
      mariadb: [
        ['each', 'before'],
        ['each', 'after'],
      ],
      // A transaction leaves the same behind at either moment.
      postgres: [
        ['all', 'after'],
        ['each', 'before'],
        ['none', 'before'],
        ['none', 'after'],
      ],
    };
    it.each(attempts[target.database])(
      'changes each row once in mode %s when interrupted %s each change (S-203)',
      async (migrationsTransactionMode, moment) => {
        const { resumableMigrations } = await forHosts();
        const database = await createTestDatabase(target.database);
        const connect = () =>
          openHostDataSource(database, {
            migrations: resumableMigrations(CountOrders1770000000000),
            migrationsTransactionMode,
          });
        const cuts = await attemptAll(connect, moment, (each) => each.runMigrations());
        expect(cuts).toBeGreaterThan(6);
        expect(await database.query('SELECT * FROM counters')).toEqual([{ id: 1, n: 11, o: 0 }]);
        expect(await database.query('SELECT * FROM orders')).toEqual([{ id: 1, counter_id: 1 }]);

        await attemptAll(connect, moment, async (each) => {
          const transaction = migrationsTransactionMode;
          if ((await applied(database)) > 0) await each.undoLastMigration({ transaction });
        });
        expect(await database.query('SELECT * FROM counters')).toEqual([{ id: 1, n: 1, m: 0 }]);
        expect(await database.query('SELECT * FROM orders')).toEqual([{ id: 1, counter_id: 1 }]);
        expect(await applied(database)).toBe(0);
      },
    );
  },
  { adapters: ['fastify'] },
);

/** PostgreSQL refuses this change in a transaction, so each statement must be able to run again by itself. */
class IndexUsers1770000000000 {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS by_surname ON users (surname)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS by_surname');
  }
}

describeTargets(
  "a host's resumable migration without a transaction",
  () => {
    it.each<[Mode, Moment]>([
      ['each', 'before'],
      ['none', 'after'],
    ])('runs in mode %s, interrupted %s its change', async (migrationsTransactionMode, moment) => {
      const { gatehouseMigrations, resumableMigrations } = await forHosts();
      const database = await createTestDatabase('postgres');
      const ours = gatehouseMigrations();
      const before = await openHostDataSource(database, { migrations: ours, migrationsRun: true });
      await before.destroy();
      const migrations = [...ours, ...resumableMigrations(IndexUsers1770000000000)];
      const options = { migrations, migrationsTransactionMode };
      const connect = () => openHostDataSource(database, options);
      await attemptAll(connect, moment, (each) => each.runMigrations());
      const found = () =>
        database.query("SELECT indexname FROM pg_indexes WHERE indexname = 'by_surname'");
      expect(await found()).toHaveLength(1);
      expect(await applied(database)).toBe(migrations.length);
      await attemptAll(connect, moment, async (each) => {
        if ((await applied(database)) < migrations.length) return;
        await each.undoLastMigration({ transaction: 'none' });
      });
      expect(await found()).toEqual([]);
    });
  },
  { adapters: ['fastify'], databases: ['postgres'] },
);

describeTargets(
  'a host whose migration was interrupted',
  (target) => {
    it('gets an error with the command to run when the module starts (S-203)', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const database = await createTestDatabase(target.database);
      const options = { entities: gatehouseEntities(), migrations: gatehouseMigrations() };
      const dying = await openHostDataSource(database, options);
      await dying.runMigrations();
      dieAtNext(dying, new Set(), 'after', 1);
      await expect(dying.undoLastMigration()).rejects.toThrow(CutOffError);
      await dying.destroy();
      const dataSource = await openHostDataSource(database, options);
      await expect(adoptDataSource(dataSource)).rejects.toThrow(/cut off: run migration:revert/);
      await dataSource.undoLastMigration();
      await dataSource.runMigrations();
      await adoptDataSource(dataSource);
      expect(await database.query('SELECT name FROM gatehouse_migration_progress')).toEqual([]);
      await dataSource.destroy();
    });
  },
  { adapters: ['fastify'], databases: ['mariadb'] },
);

async function applied(database: TestDatabase): Promise<number> {
  if (!(await tablesOf(database)).includes('migrations')) return 0;
  return (await database.query('SELECT name FROM migrations')).length;
}
