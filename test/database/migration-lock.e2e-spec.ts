import { expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import mysql from 'mysql2/promise';
import type { Client } from 'pg';
import { importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { eventually } from '../support/patience.js';
import { onPostgres } from '../support/postgres-client.js';
import { tablesOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';

/** As in src/database/dialects/postgres/migration-lock.ts. */
const LOCK = 0x67_61_74_65_68_6f_75_73n;

const openService = async ({ url }: { readonly url: string }): Promise<DataSource> => {
  const { openDataSource } = await importBuilt('server/database/open-data-source.js');
  return openDataSource({ url, tls: 'auto', caFile: undefined });
};

describeTargets(
  'the migration lock',
  (target) => {
    it('makes instances that start together take turns, so that each migration runs once (S-203)', async () => {
      const database = await createTestDatabase(target.database);
      const opened = await Promise.all(Array.from({ length: 5 }, () => openService(database)));
      for (const dataSource of opened) await dataSource.destroy();
      const rows = await database.query('SELECT name FROM gatehouse_migrations');
      expect(rows).toHaveLength(new Set(rows.map(({ name }) => name)).size);
      expect(rows.length).toBeGreaterThan(1);
    });
  },
  { adapters: ['fastify'] },
);

describeTargets(
  'hosts that start together',
  (target) => {
    it('wait for each other, and each migration of an upgrade runs once (S-203)', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await importBuilt('database/for-hosts.js');
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const database = await createTestDatabase(target.database);
      const open = async (migrations: readonly (typeof all)[number][]) => {
        const entities = gatehouseEntities();
        const options = { entities, migrations: [...migrations], migrationsRun: true };
        const dataSource = await openHostDataSource(database, options);
        onDispose(() => dataSource.destroy());
        return dataSource;
      };
      const all = gatehouseMigrations();
      await open(all.slice(0, 1));
      const hosts = await Promise.all(Array.from({ length: 4 }, () => open(all)));
      for (const host of hosts) await adoptDataSource(host);
      const applied = await database.query('SELECT DISTINCT name FROM migrations');
      expect(applied).toHaveLength(all.length);
    });
  },
  { adapters: ['fastify'], databases: ['mariadb', 'postgres'] },
);

describeTargets(
  'the migration lock of MariaDB',
  () => {
    it('does not wait for a server-wide lock that another database holds', async () => {
      const database = await createTestDatabase('mariadb');
      const other = await mysql.createConnection(database.url);
      onDispose(() => other.end());
      await other.query("SELECT GET_LOCK('gatehouse_migrations', 0)");
      const opened = await openService(database);
      expect(opened.isInitialized).toBe(true);
      await opened.destroy();
    });

    it('passes to another owner after its release, and after its owner has died (S-203)', async () => {
      const { MigrationLock } = await importBuilt('database/dialects/mysql/migration-lock.js');
      const dataSource = await openHostDataSource(await createTestDatabase('mariadb'), {});
      onDispose(() => dataSource.destroy());
      const acquire = () => MigrationLock.acquire(dataSource.createQueryRunner(), 'test');
      const first = await acquire();
      let isSecond = false;
      const second = acquire().then((lock) => {
        isSecond = true;
        return lock;
      });
      await owner(dataSource, first.owner);
      expect(isSecond).toBe(false);
      await first.release();
      await (await second).release();

      await dataSource.query(
        "UPDATE gatehouse_migration_progress SET owner = 'killed' WHERE name = 'test'",
      );
      const third = await acquire();
      await owner(dataSource, third.owner);
      // Only its owner can release it.
      await first.release();
      await owner(dataSource, third.owner);
      await third.release();
      await owner(dataSource, '');
    });

    it('is held by one of 20 concurrent instances', async () => {
      const { MigrationLock } = await importBuilt('database/dialects/mysql/migration-lock.js');
      const dataSource = await openHostDataSource(await createTestDatabase('mariadb'), {
        poolSize: 30,
      });
      onDispose(() => dataSource.destroy());
      let held = 0;
      let most = 0;
      const one = async () => {
        const lock = await MigrationLock.acquire(dataSource.createQueryRunner(), 'test');
        most = Math.max(most, ++held);
        await dataSource.query('SELECT SLEEP(0.01)');
        held -= 1;
        await lock.release();
      };
      await Promise.all(Array.from({ length: 20 }, one));
      expect(most).toBe(1);
    });
  },
  { adapters: ['fastify'], databases: ['mariadb'] },
);

describeTargets(
  'the migration lock of PostgreSQL',
  () => {
    const hold = (client: Client) => client.query('SELECT pg_advisory_lock($1)', [LOCK]);

    it('makes a start wait, but only one of the same database (S-203)', async () => {
      const database = await createTestDatabase('postgres');
      let opened: Promise<DataSource> | undefined;
      await onPostgres(database.url, async (client) => {
        await hold(client);
        const other = await createTestDatabase('postgres');
        await (await openService(other)).destroy();
        opened = openService(database);
        await eventually(async () => {
          const waiting = await database.query(
            `SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
             WHERE datname = current_database() AND NOT granted`,
          );
          expect(waiting).toHaveLength(1);
        });
        expect(await tablesOf(database)).toEqual([]);
      });
      await (await opened)?.destroy();
      expect(await tablesOf(database)).toContain('accounts');
    });

    it('is given up in one line when another instance takes too long', async () => {
      const { whileMigrationsLocked } = await importBuilt(
        'database/dialects/postgres/migration-lock.js',
      );
      const database = await createTestDatabase('postgres');
      const dataSource = await openHostDataSource(database, {});
      onDispose(() => dataSource.destroy());
      const runner = dataSource.createQueryRunner();
      const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
      const sooner = (sql: string, parameters?: string[][]) =>
        query(
          sql,
          parameters?.map((texts) => texts.map((text) => (text === '60s' ? '50ms' : text))),
        );
      await onPostgres(database.url, async (client) => {
        await hold(client);
        await runner.startTransaction();
        const hurried = Object.assign(runner, { query: sooner });
        await expect(whileMigrationsLocked(hurried, async () => undefined)).rejects.toThrow(
          'another instance is still migrating',
        );
      });
      await runner.release();
    });
  },
  { adapters: ['fastify'], databases: ['postgres'] },
);

describeTargets(
  'a start without pending migrations',
  (target) => {
    it('takes no lock and writes nothing, so that the right to read is enough (S-157)', async () => {
      const database = await createTestDatabase(target.database);
      await (await openService(database)).destroy();
      const url = await readOnlyUser(database);
      const dataSource = await openService({ url });
      await expect(dataSource.query('DELETE FROM accounts')).rejects.toThrow(/denied/);
      await dataSource.destroy();
    });
  },
  { adapters: ['fastify'], databases: ['mariadb', 'postgres'] },
);

async function owner(dataSource: DataSource, expected: string): Promise<void> {
  const rows = await dataSource.query(
    "SELECT owner FROM gatehouse_migration_progress WHERE name = 'test'",
  );
  expect(rows).toEqual([{ owner: expected }]);
}

async function readOnlyUser(database: TestDatabase): Promise<string> {
  const url = new URL(database.url);
  const name = url.pathname.slice(1);
  const user = `reads_${name.slice(-8)}`;
  if (database.kind === 'mariadb') {
    await database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'hunter2'`);
    await database.query(`GRANT SELECT ON \`${name}\`.* TO '${user}'@'%'`);
    onDispose(() => database.query(`DROP USER '${user}'@'%'`));
  } else {
    await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'hunter2'`);
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${user}`);
    onDispose(() => database.load(`DROP OWNED BY ${user}; DROP ROLE ${user}`));
  }
  return Object.assign(url, { username: user, password: 'hunter2' }).href;
}
