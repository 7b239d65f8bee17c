import { beforeAll, describe, expect, it } from '@jest/globals';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { runToExit, startService, type TestService } from '../support/service.js';
import { inParallel } from '../support/sessions.js';
import { describeMariaDb } from '../support/targets.js';

// A server with outdated defaults.
const CARELESS = [
  '--sql-mode=',
  '--default-time-zone=+05:30',
  '--transaction-isolation=REPEATABLE-READ',
  '--character-set-server=latin1',
];

describeMariaDb('on a MariaDB server with careless defaults', () => {
  let server: MariaDbServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await MariaDbServer.create(CARELESS);
    database = await createTestDatabase('mariadb', server);
  });

  it('every session is strict, in UTC, utf8mb4 and READ COMMITTED (S-138, S-182, S-183)', async () => {
    const { openDataSource } = await importBuilt('server/database/open-data-source.js');
    const dataSource = await openDataSource({ url: database.url, tls: 'auto', caFile: undefined });
    try {
      const sessions = await inParallel(5, () =>
        dataSource.query(
          `SELECT SLEEP(0.2), CONNECTION_ID() AS id, @@sql_mode AS mode, @@time_zone AS zone,
             @@tx_isolation AS isolation, @@character_set_connection AS charset`,
        ),
      );
      const rows = sessions.map(([row]) => row);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(5);
      for (const { mode, zone, isolation, charset } of rows) {
        expect(mode).toContain('STRICT_ALL_TABLES');
        expect([zone, isolation, charset]).toEqual(['+00:00', 'READ-COMMITTED', 'utf8mb4']);
      }
      const tooLong = `INSERT INTO accounts (id, created_at, modified_at, name, country, is_active, is_verified)
        VALUES ('x', 1, 1, 'n', 'TOO LONG', 1, 1)`;
      await expect(dataSource.query(tooLong)).rejects.toThrow(/too long/i);
    } finally {
      await dataSource.destroy();
    }
  });

  it('the service does not start on a database that is not utf8mb4 (S-182)', async () => {
    await database.query('CREATE DATABASE western CHARACTER SET latin1');
    const { code, output } = await runToExit({ DATABASE_URL: server.url('western') });
    expect(code).toBe(1);
    const remedy = /DATABASE_URL: the database is not utf8mb4 \((ALTER DATABASE .*)\)\n$/.exec(
      output,
    );
    expect(remedy?.[1]).toBe('ALTER DATABASE `western` CHARACTER SET utf8mb4');
    const tables = await database.query(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'western'",
    );
    expect(tables).toEqual([]);
    await database.query(`${remedy?.[1]}`);
    const [schema] = await database.query(
      "SELECT default_character_set_name AS charset FROM information_schema.schemata WHERE schema_name = 'western'",
    );
    expect(schema).toEqual({ charset: 'utf8mb4' });
  });

  describe('the service, through a Unix socket, as a user without DDL rights', () => {
    let service: TestService;
    beforeAll(async () => {
      // A session of the test above has migrated the database.
      const name = new URL(database.url).pathname.slice(1);
      await database.query("CREATE USER 'plain'@'localhost' IDENTIFIED BY 'hunter2'");
      await database.query(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON \`${name}\`.* TO 'plain'@'localhost'`,
      );
      const [row] = await database.query('SELECT @@socket AS socket');
      const socketPath = encodeURIComponent(row?.socket);
      const url = `mysql://plain:hunter2@localhost/${name}?socketPath=${socketPath}`;
      service = await startService({ database: { ...database, url } });
    });

    it('works, because the schema is there and DATABASE_URL names the socket (S-157, S-206)', async () => {
      const connected = await database.query(
        "SELECT DISTINCT user, host FROM information_schema.processlist WHERE user = 'plain'",
      );
      // A session over TCP would have a port.
      expect(connected).toEqual([{ user: 'plain', host: 'localhost' }]);
      const tokens = await signIn(service, await signUp(service));
      expect(tokens.token_type).toBe('bearer');
    });

    it('stores every script (S-182)', async () => {
      const user = await signUp(service, { full_name: 'Ада 🚪 Лавлейс' });
      await signIn(service, user);
      const [row] = await database.query('SELECT surname FROM users WHERE account_id = ?', [
        user.accountId,
      ]);
      expect(row?.surname).toBe('🚪 Лавлейс');
    });
  });

  it('a user without DDL rights cannot create the schema, and the start reports it (S-157)', async () => {
    await database.query('CREATE DATABASE bare CHARACTER SET utf8mb4');
    await database.query(
      "GRANT SELECT, INSERT, UPDATE, DELETE ON bare.* TO 'bare'@'127.0.0.1' IDENTIFIED BY 'hunter2'",
    );
    const url = `mysql://bare:hunter2@127.0.0.1:${server.port}/bare`;
    const { code, output } = await runToExit({ DATABASE_URL: url });
    expect(code).toBe(1);
    expect(output).toMatch(
      /start: DATABASE_URL names a database that cannot be used \(.*\): CREATE command denied, GRANT the user all rights on this database\n$/,
    );
    expect(output).not.toContain('hunter2');
  });
});
