import { expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import mysql from 'mysql2/promise';
import { importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { describeTargets } from '../support/targets.js';

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

    it('is not taken and nothing is written when no migration is pending (S-157)', async () => {
      const database = await createTestDatabase('mariadb');
      await (await openService(database)).destroy();
      const url = await readOnlyUser(database);
      const dataSource = await openService({ url });
      await expect(dataSource.query('DELETE FROM accounts')).rejects.toThrow(/denied/);
      await dataSource.destroy();
    });
  },
  { adapters: ['fastify'], databases: ['mariadb'] },
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
  url.username = `reads_${name.slice(-8)}`;
  url.password = 'hunter2';
  await database.query(`CREATE USER '${url.username}'@'%' IDENTIFIED BY 'hunter2'`);
  await database.query(`GRANT SELECT ON \`${name}\`.* TO '${url.username}'@'%'`);
  onDispose(() => database.query(`DROP USER '${url.username}'@'%'`));
  return url.href;
}
