// How the service opens its database on PostgreSQL: what it needs there, and the line about what it lacks.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { DatabaseOptions } from '../../src/server/database/database-options.js';
import { importBuilt } from '../support/built.js';
import { createCertificate, type TestCertificate } from '../support/certificate.js';
import { onDispose, temporaryDirectory } from '../support/cleanup.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { PostgresServer } from '../support/postgres-server.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, refresh, revoke } from '../support/sessions.js';
import { describePostgres } from '../support/targets.js';
import { giveToUnprivileged } from '../support/unprivileged.js';

/** Creating a server takes long on a busy machine. */
const SET_UP_LIMIT_MS = 180_000;

/** Which user may connect, and how. */
const HBA = `
local all all trust
host all postgres,hostile,plain 127.0.0.1/32 trust
hostssl all encrypted 127.0.0.1/32 scram-sha-256
host all encrypted,banned 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
`;

/** Defaults of a role that all conflict with Gatehouse's requirements. */
const HOSTILE = [
  "default_transaction_isolation = 'serializable'",
  'lock_timeout = 0',
  "statement_timeout = '3s'",
  "idle_in_transaction_session_timeout = '1ms'",
  "idle_session_timeout = '5s'",
  'standard_conforming_strings = off',
  'transform_null_equals = on',
  "client_encoding = 'LATIN1'",
  "DateStyle = 'SQL, DMY'",
  "TimeZone = 'Asia/Kolkata'",
  "bytea_output = 'escape'",
  'synchronous_commit = off',
];

let certificate: TestCertificate;
let server: PostgresServer;

/** A file in a folder of its own that the server can read. */
function forServer(name: string, from: { content: string } | { file: string }): string {
  const file = join(temporaryDirectory('postgres-file'), name);
  if ('file' in from) copyFileSync(from.file, file);
  else writeFileSync(file, from.content, { mode: 0o600 });
  giveToUnprivileged(file);
  return file;
}

async function createServer(): Promise<PostgresServer> {
  certificate = await createCertificate();
  const sockets = join(temporaryDirectory('sockets'), 's');
  mkdirSync(sockets);
  giveToUnprivileged(sockets);
  return PostgresServer.create([
    `--hba-file=${forServer('hba.conf', { content: HBA })}`,
    '--ssl=on',
    `--ssl-cert-file=${forServer('cert.pem', { file: certificate.certFile })}`,
    `--ssl-key-file=${forServer('key.pem', { file: certificate.keyFile })}`,
    `--unix-socket-directories=${sockets}`,
  ]);
}

/** Opens a database as the service does; the test file closes it. */
async function open(url: string, options: Partial<DatabaseOptions> = {}): Promise<DataSource> {
  const { openDataSource } = await importBuilt('server/database/open-data-source.js');
  const dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined, ...options });
  onDispose(() => (dataSource.isInitialized ? dataSource.destroy() : undefined));
  return dataSource;
}

describePostgres('a start on PostgreSQL', () => {
  let administrator: TestDatabase;
  beforeAll(async () => {
    server = await createServer();
    administrator = openTestDatabase('postgres', server.url());
    await administrator.load(`
      CREATE ROLE app LOGIN PASSWORD 'hunter2';
      CREATE ROLE encrypted LOGIN PASSWORD 'hunter2';
      CREATE ROLE banned LOGIN PASSWORD 'hunter2';
      CREATE ROLE idle NOLOGIN PASSWORD 'hunter2';
      CREATE ROLE crowd LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 0;
      CREATE ROLE lost LOGIN PASSWORD 'hunter2';
      ALTER ROLE lost SET search_path = nowhere;
      CREATE ROLE careless LOGIN PASSWORD 'hunter2';
      ALTER ROLE careless SET session_replication_role = replica;
      CREATE ROLE frozen LOGIN PASSWORD 'hunter2';
      ALTER ROLE frozen SET default_transaction_read_only = on;
      CREATE ROLE plain LOGIN;
      CREATE ROLE hostile LOGIN;
      ${HOSTILE.map((setting) => `ALTER ROLE hostile SET ${setting};`).join('\n')}`);
    await administrator.query('CREATE DATABASE gatehouse OWNER app');
    await administrator.query('CREATE DATABASE hostile OWNER hostile');
    await administrator.query(
      "CREATE DATABASE western ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0",
    );
  }, SET_UP_LIMIT_MS);

  const urlOf = (user: string, rest: string) =>
    `postgres://${user}@127.0.0.1:${server.port}/${rest}`;

  it.each([
    ['a wrong password', 'app:wrong', '', '(28P01): the server refuses the user or the password'],
    ['an unknown user', 'nobody:hunter2', '', '(28P01): '],
    ['no password', 'app', '', 'the server asks for a password, and DATABASE_URL has none'],
    ['a role without LOGIN', 'idle:hunter2', '', '(28000): pg_hba.conf does not admit this user'],
    ['a user that is rejected', 'banned:hunter2', '', '(28000): pg_hba.conf does not admit this'],
    ['a user that needs TLS', 'encrypted:hunter2', '', 'without TLS: set DATABASE_TLS=on'],
    ['a role without a free connection', 'crowd:hunter2', '', '(53300): all connections'],
    ['a search_path without a schema', 'lost:hunter2', '', '(3F000): no schema of search_path'],
    ['a user without rights', 'plain', '', '(42501): GRANT the user'],
    [
      'foreign keys that are off',
      'careless:hunter2',
      '',
      'needs session_replication_role = origin',
    ],
    [
      'writes that are forbidden by default',
      'frozen:hunter2',
      '',
      'needs default_transaction_read_only = off',
    ],
    ['a certificate of nobody known', 'app:hunter2', '?sslmode=require', 'DATABASE_CA_FILE'],
    [
      'channel binding where there is no TLS',
      'app:hunter2',
      '?channel_binding=require',
      'channel_binding=require: the server offers none',
    ],
  ])('with %s ends in one line with the remedy (S-155)', async (_title, user, query, line) => {
    const start = open(urlOf(user, `gatehouse${query}`));
    await expect(start).rejects.toMatchObject({ name: 'StartError' });
    await expect(start).rejects.toThrow(line);
    await expect(start).rejects.not.toThrow('hunter2');
  });

  it.each([
    ['does not exist', 'nowhere', '(3D000): the server has no such database: CREATE DATABASE'],
    ['has another encoding than UTF8', 'western', "a database with ENCODING 'UTF8'"],
  ])(
    'with a database that %s ends in one line with the remedy (S-155, S-182)',
    async (_title, name, line) => {
      const start = open(urlOf('app:hunter2', name));
      await expect(start).rejects.toMatchObject({ name: 'StartError' });
      await expect(start).rejects.toThrow(line);
    },
  );

  it('with the address of another kind of server ends in one line (S-155)', async () => {
    const asMysql = `mysql://app:hunter2@127.0.0.1:${server.port}/gatehouse`;
    await expect(open(asMysql)).rejects.toThrow('does not answer as MySQL');
  });

  it('checks the certificate, and binds the password to the connection (S-120)', async () => {
    const { certFile: caFile } = certificate;
    const encrypted = (dataSource: DataSource): Promise<unknown> =>
      dataSource.query('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    for (const query of ['sslmode=verify-full', 'sslmode=require&channel_binding=require']) {
      const dataSource = await open(urlOf('app:hunter2', `gatehouse?${query}`), { caFile });
      expect(await encrypted(dataSource)).toMatchObject([{ ssl: true }]);
    }
    expect(await encrypted(await open(urlOf('app:hunter2', 'gatehouse')))).toMatchObject([
      { ssl: false },
    ]);
    // The proof of the password is bound to nothing where the server asks for none.
    const trusted = open(urlOf('plain', 'gatehouse?sslmode=require&channel_binding=require'), {
      caFile,
    });
    await expect(trusted).rejects.toThrow('channel_binding=require: the server offers none');
  });

  it('connects through a Unix socket without a host (S-206)', async () => {
    const [row] = await administrator.query('SHOW unix_socket_directories');
    const folder = encodeURIComponent(row?.unix_socket_directories);
    const dataSource = await open(`postgres://app@:${server.port}/gatehouse?host=${folder}`);
    expect(await dataSource.query('SELECT inet_server_addr() AS address')).toEqual([
      { address: null },
    ]);
  });

  it('needs only the rights to read and write once the schema is there (S-157)', async () => {
    await (await open(urlOf('app:hunter2', 'gatehouse'))).destroy();
    await openTestDatabase('postgres', server.url('gatehouse')).query(
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plain',
    );
    const dataSource = await open(urlOf('plain', 'gatehouse'));
    await expect(dataSource.query('CREATE TABLE more (id int)')).rejects.toThrow(/denied/);
    await dataSource.query('DELETE FROM roles');
  });

  it('waits for a server that starts later', async () => {
    await server.stop();
    await expect(open(urlOf('app:hunter2', 'gatehouse'))).rejects.toThrow('(ECONNREFUSED)');
    const start = open(urlOf('app:hunter2', 'gatehouse'), { waitSeconds: 300 });
    await server.start();
    expect((await start).isInitialized).toBe(true);
  });

  describe('with a role whose defaults are hostile', () => {
    const SETTINGS = `SELECT pg_sleep(0.2), pg_backend_pid() AS id,
      current_setting('transaction_isolation') AS isolation,
      current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,
      current_setting('idle_in_transaction_session_timeout') AS idle_in_transaction,
      current_setting('idle_session_timeout') AS idle, current_setting('standard_conforming_strings') AS strings,
      current_setting('transform_null_equals') AS nulls, current_setting('client_encoding') AS encoding`;
    const EXPECTED = {
      isolation: 'read committed',
      lock: '1s',
      statement: '4s',
      idle_in_transaction: '10s',
      idle: '0',
      strings: 'on',
      nulls: 'off',
      encoding: 'UTF8',
    };

    it('every session has the required settings, those of a new connection too (S-138, S-183, S-205)', async () => {
      const dataSource = await open(urlOf('hostile', 'hostile'));
      const pids = new Set<number>();
      for (const round of [1, 2]) {
        const sessions = await inParallel(5, () => dataSource.query(SETTINGS));
        for (const [{ id, ...settings }] of sessions) {
          pids.add(id);
          expect(settings).toMatchObject(EXPECTED);
        }
        expect(pids.size).toBe(5 * round);
        await administrator.query(
          "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'hostile'",
        );
      }
    });

    describe('the service', () => {
      let service: TestService;
      beforeAll(async () => {
        const database = openTestDatabase('postgres', urlOf('hostile', 'hostile'));
        service = await startService({ database });
      });

      it('stores what it answers: sign-up, sign-in, refresh and revocation', async () => {
        const user = await signUp(service, { full_name: 'Ада 🚪 Лавлейс' });
        const tokens = await signIn(service, user);
        expect((await refresh(service, tokens.refresh_token)).status).toBe(200);
        expect((await revoke(service, tokens)).status).toBe(200);
        const bearer = { bearer: tokens.access_token };
        expect((await request(service, 'GET', '/oauth/me', bearer)).status).toBe(401);
        const stored = openTestDatabase('postgres', server.url('hostile'));
        const [row] = await stored.query('SELECT surname FROM users WHERE account_id = ?', [
          user.accountId,
        ]);
        expect(row?.surname).toBe('🚪 Лавлейс');
      });

      it('warns of a server that may lose answered commits', () => {
        expect(service.output()).toContain('synchronous_commit is off');
      });
    });
  });
});
