import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type DatabaseKind, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { eventually } from '../support/patience.js';
import { onPostgres } from '../support/postgres-client.js';
import { PostgresServer } from '../support/postgres-server.js';
import { createService } from '../support/service.js';
import { definitionsOf, tablesOf } from '../support/schema.js';
import { describePostgres, describeTargets } from '../support/targets.js';

/** How many of the tables exist when the service is killed. */
const TABLES = 3;

// cut-off-migrations.e2e-spec.ts interrupts every statement, but breaks the connection and not the process.
describeTargets(
  'a service that is killed while it migrates',
  (target) => {
    it('resumes at its next start (S-203)', async () => {
      const wanted = await definitionsOf(await migrated(target.database));

      const database = await createTestDatabase(target.database);
      const service = await createService({ target, database });
      const started = service.start().catch(() => undefined);
      while ((await countTables(database)) < TABLES) await sleep(5);
      await service.kill();
      await started;
      expect(await definitionsOf(database)).not.toEqual(wanted);

      // Waits until the lock of the killed instance has expired.
      await service.start();
      expect(await definitionsOf(database)).toEqual(wanted);
      await signIn(service, await signUp(service));
      await service.stop();
    });
  },
  { databases: ['mariadb'], adapters: ['fastify'] },
);

describePostgres('migrations of the service on PostgreSQL', () => {
  it('leave nothing half done when the service, its backend or the server is killed (S-203)', async () => {
    const server = await PostgresServer.create();
    const database = await createTestDatabase('postgres', server);
    const service = await createService({ database });
    const kills: [string, (backend: number) => unknown][] = [
      ['accounts', () => service.kill()],
      ['roles', (backend) => process.kill(backend, 'SIGKILL')],
      ['known_keys', () => server.kill()],
    ];
    for (const [table, kill] of kills) {
      await onPostgres(database.url, async (client) => {
        // The migration waits for this transaction before it makes a table of the same name.
        await client.query(`BEGIN; CREATE TABLE ${table} ()`);
        const ended = service.start().catch((error: unknown) => String(error));
        await kill(await eventually(() => waitingBackend(database)));
        expect(await ended).toMatch(/The service ended/);
      });
      await server.start();
      expect(await eventually(() => tablesOf(database))).toEqual([]);
    }
    await service.start();
    await signIn(service, await signUp(service));
    await service.stop();

    expect(await definitionsOf(database)).toEqual(
      await definitionsOf(await migrated('postgres', server)),
    );
  });
});

/** A database whose migrations were not interrupted. */
async function migrated(kind: DatabaseKind, server?: PostgresServer): Promise<TestDatabase> {
  const { openDataSource } = await importBuilt('server/database/open-data-source.js');
  const whole = await createTestDatabase(kind, server);
  const dataSource = await openDataSource({ url: whole.url, tls: 'auto', caFile: undefined });
  await dataSource.destroy();
  return whole;
}

/** The backend that waits for a lock. */
async function waitingBackend(database: TestDatabase): Promise<number> {
  const rows = await database.query(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  expect(rows).toHaveLength(1);
  return rows[0]?.pid as number;
}

/** Counts Gatehouse's tables, without those that record migrations. */
async function countTables(database: TestDatabase): Promise<number> {
  return (await tablesOf(database)).filter((name) => !name.includes('migration')).length;
}
