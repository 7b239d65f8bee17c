// A server whose defaults all conflict with Gatehouse's requirements, S-205.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { sqliteDriver } from '../../src/server/database/engines/sqlite/sqlite-driver.js';
import { importBuilt } from '../support/built.js';
import { onDispose, temporaryDirectory } from '../support/cleanup.js';
import type { TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, inParallel, refresh, revoke } from '../support/sessions.js';
import { describeMariaDb } from '../support/targets.js';

/** Creating a server takes long on a busy machine. */
const SET_UP_LIMIT_MS = 180_000;

const HOSTILE = [
  '--autocommit=OFF',
  '--completion-type=RELEASE',
  '--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,EMPTY_STRING_IS_NULL',
  '--default-time-zone=+05:30',
  '--transaction-isolation=READ-UNCOMMITTED',
  '--transaction-read-only=ON',
  '--character-set-server=latin1',
  '--skip-character-set-client-handshake',
  '--innodb-lock-wait-timeout=100',
  '--lock-wait-timeout=3600',
  '--wait-timeout=1',
  '--interactive-timeout=1',
  '--max-join-size=1',
  '--init-connect=SET NAMES latin1, foreign_key_checks=0, unique_checks=0, sql_safe_updates=1, sql_auto_is_null=1, sql_select_limit=1',
  '--innodb-flush-log-at-trx-commit=2',
];

describeMariaDb('on a MariaDB server with hostile defaults', () => {
  let server: MariaDbServer;
  let database: TestDatabase;
  /** The address for a user to whom `init_connect` applies; it does not apply to the administrator. */
  let url: string;
  beforeAll(async () => {
    server = await MariaDbServer.create(HOSTILE);
    const administrator = await open({
      url: server.url('mysql'),
      extra: { multipleStatements: true },
    });
    await administrator.query(
      `SET SESSION tx_read_only = 0; SET sql_mode = '';
       CREATE DATABASE gatehouse CHARACTER SET utf8mb4;
       CREATE USER 'plain'@'%' IDENTIFIED BY 'hunter2';
       GRANT ALL ON gatehouse.* TO 'plain'@'%'; COMMIT`,
    );
    await administrator.destroy();
    url = `mysql://plain:hunter2@127.0.0.1:${server.port}/gatehouse`;
    database = { ...(await ownDatabase()), url };
  }, SET_UP_LIMIT_MS);

  it('every session of the service has the required settings', async () => {
    const { openDataSource } = await importBuilt('server/database/open-data-source.js');
    const dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
    onDispose(() => dataSource.destroy());
    const sessions = await inParallel(5, () =>
      dataSource.query(
        `SELECT SLEEP(0.2), CONNECTION_ID() AS id, @@autocommit AS autocommit, @@completion_type AS completion,
           @@sql_mode AS mode, @@time_zone AS zone, @@tx_isolation AS isolation, @@tx_read_only AS isReadOnly,
           @@character_set_client AS client, @@character_set_connection AS charset,
           @@character_set_results AS results, @@foreign_key_checks AS foreignKeys, @@unique_checks AS uniques,
           @@sql_safe_updates AS safe, @@sql_auto_is_null AS isNull, @@sql_select_limit AS selectLimit,
           @@innodb_lock_wait_timeout AS lockWait, @@lock_wait_timeout AS tableWait, @@wait_timeout AS idle`,
      ),
    );
    const rows = sessions.map(([row]) => row);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(5);
    for (const { id: _id, mode, selectLimit, ...row } of rows) {
      expect(mode).toContain('STRICT_ALL_TABLES');
      expect(mode).not.toMatch(/NO_BACKSLASH_ESCAPES|ANSI_QUOTES|EMPTY_STRING_IS_NULL/);
      expect(Number(selectLimit)).toBeGreaterThan(1e18);
      expect(row).toMatchObject({ autocommit: '1', completion: 'NO_CHAIN', isReadOnly: '0' });
      expect(row).toMatchObject({ zone: '+00:00', isolation: 'READ-COMMITTED' });
      expect(row).toMatchObject({ client: 'utf8mb4', charset: 'utf8mb4', results: 'utf8mb4' });
      expect(row).toMatchObject({ foreignKeys: '1', uniques: '1', safe: '0', isNull: '0' });
      expect(row).toMatchObject({ lockWait: '1', tableWait: '2', idle: '28800' });
    }
  });

  describe('the service', () => {
    let service: TestService;
    beforeAll(async () => {
      service = await startService({ database });
    });

    it('stores what it answers: sign-up, sign-in, refresh and revocation', async () => {
      const user = await signUp(service, { full_name: 'Ада 🚪 Лавлейс' });
      const tokens = await signIn(service, user);
      expect((await refresh(service, tokens.refresh_token)).status).toBe(200);
      expect((await revoke(service, tokens)).status).toBe(200);
      const ofUser = ['account_id = ?', [user.accountId]] as const;
      expect(await countRows(database, 'users', ...ofUser)).toBe(1);
      expect(
        await countRows(database, 'refresh_tokens', 'account_id = ? AND revoked_at IS NULL', [
          user.accountId,
        ]),
      ).toBe(0);
      const { status } = await request(service, 'GET', '/oauth/me', {
        bearer: tokens.access_token,
      });
      expect(status).toBe(401);
      const [row] = await database.query(
        'SELECT HEX(surname) AS surname FROM users WHERE account_id = ?',
        [user.accountId],
      );
      expect(row?.surname).toBe(Buffer.from('🚪 Лавлейс').toString('hex').toUpperCase());
    });

    it('warns of a server that may lose answered commits', () => {
      expect(service.output()).toContain('innodb_flush_log_at_trx_commit is 2');
    });
  });

  describe("a host's DataSource", () => {
    const REQUIRED = `SET SESSION sql_select_limit = 18446744073709551615, autocommit = 1, completion_type = 0,
      tx_read_only = 0, foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0, sql_auto_is_null = 0,
      sql_big_selects = 1, character_set_client = 'utf8mb4', character_set_connection = 'utf8mb4',
      character_set_results = 'utf8mb4', sql_mode = 'TRADITIONAL'`;

    it.each([
      ['sql_select_limit = 0', 'sql_select_limit = 18446744073709551615'],
      ['sql_select_limit = 5', 'sql_select_limit = 18446744073709551615'],
      ['autocommit = 0', 'autocommit = ON, its sessions have OFF'],
      ['completion_type = 1', 'completion_type = NO_CHAIN'],
      ['completion_type = 2', 'completion_type = NO_CHAIN'],
      ['tx_read_only = 1', 'tx_read_only = OFF'],
      ['foreign_key_checks = 0', 'foreign_key_checks = ON'],
      ['unique_checks = 0', 'unique_checks = ON'],
      ['sql_safe_updates = 1', 'sql_safe_updates = OFF'],
      ['sql_auto_is_null = 1', 'sql_auto_is_null = OFF'],
      ['sql_big_selects = 0', 'sql_big_selects = 1'],
      ["character_set_client = 'latin1'", "charset: 'utf8mb4'"],
      ["character_set_connection = 'latin1'", "charset: 'utf8mb4'"],
      ["sql_mode = ''", 'a strict sql_mode'],
      ["sql_mode = 'TRADITIONAL,NO_BACKSLASH_ESCAPES'", 'an sql_mode without NO_BACKSLASH_ESCAPES'],
      ["sql_mode = 'TRADITIONAL,EMPTY_STRING_IS_NULL'", 'an sql_mode without EMPTY_STRING_IS_NULL'],
      ["sql_mode = 'TRADITIONAL,ANSI_QUOTES'", 'an sql_mode without ANSI_QUOTES'],
    ])('with %s is refused in one line that names it', async (setting, named) => {
      await expect(adopt(`${REQUIRED}, ${setting}`)).rejects.toThrow(named);
      await expect(adopt(`${REQUIRED}, ${setting}`)).rejects.toMatchObject({ name: 'StartError' });
    });

    it('with the required settings in every session is accepted', async () => {
      await expect(adopt(REQUIRED)).resolves.toBeUndefined();
    });

    it("runs Gatehouse's migrations even where sessions have autocommit off", async () => {
      const { gatehouseMigrations } = await importBuilt('database/for-hosts.js');
      const migrations = gatehouseMigrations({ tablePrefix: 'own_' });
      const dataSource = await openWith(`${REQUIRED}, autocommit = 0`, { migrations });
      expect(await dataSource.runMigrations()).toHaveLength(migrations.length);
      expect(await dataSource.query('SELECT @@autocommit AS autocommit')).toEqual([
        { autocommit: '0' },
      ]);
      await dataSource.destroy();
      expect(await countRows(database, 'migrations')).toBe(migrations.length);
    });

    async function adopt(settings: string): Promise<void> {
      const { gatehouseEntities } = await importBuilt('database/for-hosts.js');
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const dataSource = await openWith(settings, { entities: gatehouseEntities() });
      await adoptDataSource(dataSource);
    }

    async function openWith(settings: string, options: object): Promise<DataSource> {
      const dataSource = await open({ url, poolSize: 1, ...options });
      await dataSource.query(settings);
      return dataSource;
    }
  });

  async function open(options: object): Promise<DataSource> {
    const all = { type: 'mariadb', charset: 'utf8mb4', ...options } as DataSourceOptions;
    const dataSource = await new DataSource(all).initialize();
    onDispose(() => (dataSource.isInitialized ? dataSource.destroy() : undefined));
    return dataSource;
  }

  async function ownDatabase(): Promise<TestDatabase> {
    const dataSource = await open({ url: server.url('gatehouse'), poolSize: 1 });
    await dataSource.query(
      "SET SESSION autocommit = 1, sql_mode = 'TRADITIONAL', tx_read_only = 0, sql_big_selects = 1, wait_timeout = 28800",
    );
    const query: TestDatabase['query'] = (sql, params) =>
      dataSource.query(sql, [...(params ?? [])]);
    const nothing = () => Promise.resolve();
    return {
      kind: 'mariadb',
      url,
      secret: randomBytes(48).toString('base64url'),
      query,
      load: nothing,
      drop: nothing,
    };
  }
});

describe("a host's SQLite", () => {
  it.each([
    ['foreign_keys = OFF', 'PRAGMA foreign_keys = ON'],
    ['query_only = ON', 'PRAGMA query_only = OFF'],
    ['ignore_check_constraints = ON', 'PRAGMA ignore_check_constraints = OFF'],
    ['journal_mode = MEMORY', 'PRAGMA journal_mode = WAL'],
    ['synchronous = OFF', 'PRAGMA synchronous = FULL'],
  ])('with %s is refused in one line that names it (S-205)', async (pragma, named) => {
    const { gatehouseEntities, gatehouseMigrations } = await importBuilt('database/for-hosts.js');
    const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
    const dataSource = await new DataSource({
      type: 'better-sqlite3',
      driver: sqliteDriver(),
      database: `${temporaryDirectory('host')}/host.sqlite`,
      entities: gatehouseEntities(),
      migrations: gatehouseMigrations(),
    }).initialize();
    onDispose(() => dataSource.destroy());
    await dataSource.runMigrations();
    await adoptDataSource(dataSource);
    await dataSource.query(`PRAGMA ${pragma}`);
    await expect(adoptDataSource(dataSource)).rejects.toThrow(named);
  });
});
