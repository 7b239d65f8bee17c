// States in which a PostgreSQL server accepts no connections, or no writes: S-204.
import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { request, type HttpResponse } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { PostgresServer } from '../support/postgres-server.js';
import { startService, type TestService } from '../support/service.js';
import { refresh } from '../support/sessions.js';
import { describePostgres } from '../support/targets.js';

describePostgres('a PostgreSQL server that is not ready for work', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  /** The database that administrators use. */
  let administration: TestDatabase;
  /** The file that makes the server a standby when it starts. */
  let standbySignal: string;
  let service: TestService;
  let user: TestUser;
  let tokens: Tokens;
  beforeAll(async () => {
    server = await PostgresServer.create();
    database = await createTestDatabase('postgres', server);
    administration = openTestDatabase('postgres', server.url());
    const [row] = await administration.query('SHOW data_directory');
    standbySignal = join(row?.data_directory as string, 'standby.signal');
    service = await startService({ database });
  });
  beforeEach(async () => {
    user = await signUp(service);
    tokens = await signIn(service, user);
  });

  it('gives 503 while the database allows no connections (55000)', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await administration.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
    await administration.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?',
      [name],
    );
    try {
      await expectUnavailableEverywhere();
    } finally {
      await administration.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    }
    await expectRecovery();
  });

  it('gives 503 while the server recovers (57P03)', async () => {
    await administration.query('ALTER SYSTEM SET hot_standby = off');
    await server.stop();
    writeFileSync(standbySignal, '');
    // It answers every connection with this error.
    const started = server.start().catch(() => undefined);
    try {
      await eventually(async () => {
        await expect(administration.query('SELECT 1')).rejects.toMatchObject({ code: '57P03' });
      });
      await expectUnavailableEverywhere();
    } finally {
      rmSync(standbySignal);
      await server.kill('SIGQUIT');
      await started;
      await server.start();
      await administration.query('ALTER SYSTEM RESET hot_standby');
    }
    await expectRecovery();
  });

  it('gives 503 for writes and 200 for reads while the server is a standby (25006), where none can start (S-155)', async () => {
    await server.stop();
    writeFileSync(standbySignal, '');
    await server.start();
    await eventually(async () => expect((await me()).status).toBe(200));
    expectUnavailable(await refresh(service, tokens.refresh_token));
    expectUnavailable(await request(service, 'POST', '/api/v1/account', { json: newSignUp() }));
    expectUnavailable(await grant());
    // After a refused write nothing is cached, so this is read from the standby.
    expect((await me()).status).toBe(200);
    await expectRefusedStarts();
    await administration.query('SELECT pg_promote()');
    await expectRecovery();
  });

  /** Of the service and of a host, each in one line. */
  async function expectRefusedStarts(): Promise<void> {
    const refusal = {
      name: 'StartError',
      message: 'the database is a standby, which takes no writes: name the primary',
    };
    const { openDataSource } = await importBuilt('server/database/open-data-source.js');
    const start = openDataSource({ url: database.url, tls: 'auto', caFile: undefined });
    await expect(start).rejects.toMatchObject(refusal);

    const { gatehouseEntities } = await importBuilt('database/for-hosts.js');
    const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
    const ofHost = await openHostDataSource(database, { entities: gatehouseEntities() });
    await expect(adoptDataSource(ofHost)).rejects.toMatchObject(refusal);
    await ofHost.destroy();
  }

  async function expectUnavailableEverywhere(): Promise<void> {
    expectUnavailable(await grant());
    expectUnavailable(await refresh(service, tokens.refresh_token));
    expectUnavailable(await me());
  }

  async function expectRecovery(): Promise<void> {
    await eventually(async () => {
      expect((await refresh(service, tokens.refresh_token)).status).toBe(200);
    });
    expect((await grant()).status).toBe(200);
  }

  function me(): Promise<HttpResponse> {
    return request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
  }

  function grant(): Promise<HttpResponse> {
    return request(service, 'POST', '/oauth/token?grant_type=password', {
      basic: [user.email, user.password],
    });
  }
});

function expectUnavailable({ status, body, headers }: HttpResponse): void {
  expect([status, body.code]).toEqual([503, 50301]);
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
}
