import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection as MySqlConnection, RowDataPacket } from 'mysql2/promise';
import type { Client } from 'pg';
import { onDispose, temporaryDirectory } from './cleanup.ts';
import { KeptConnection } from './kept-connection.ts';
import { connectToPostgres, isLostByPostgres, onPostgres, postgresSql } from './postgres-client.ts';
import { sharedMySqlUrl, sharedPostgresUrl } from './services.ts';
import { Database } from './sqlite.ts';

export type DatabaseKind = 'sqlite' | 'mariadb' | 'postgres';
// oxlint-disable-next-line typescript/no-explicit-any -- a test knows the columns it asked for
export type Row = Record<string, any>;

export interface TestDatabase {
  readonly kind: DatabaseKind;
  /** The DATABASE_URL of the service. */
  readonly url: string;
  /** The GATEHOUSE_SECRET of every service on this database: another one would not fit its rows. */
  readonly secret: string;
  /** Runs a query over a separate connection, without the service: `?` is a parameter, backticks quote a name. */
  query(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Runs a script of many statements, such as a dump. */
  load(script: string): Promise<void>;
  drop(): Promise<void>;
}

/**
 * Creates an empty database. `server` is the one for it: the shared one unless a test has its own. `template` is a file of
 * SQLite or the name of a database on the PostgreSQL server, which is copied instead.
 */
export async function createTestDatabase(
  kind: DatabaseKind,
  server?: { url(): string },
  template?: string,
): Promise<TestDatabase> {
  if (kind === 'sqlite') return createSqlite(template);
  if (kind === 'mariadb') return createMariaDb(server?.url() ?? sharedMySqlUrl());
  return createPostgres(server?.url() ?? (await sharedPostgresUrl()), template);
}

/** An existing database, by its DATABASE_URL. */
export function openTestDatabase(kind: DatabaseKind, url: string): TestDatabase {
  if (kind === 'sqlite') return openSqlite(url.slice('sqlite:'.length));
  return kind === 'mariadb' ? openMariaDb(url) : openPostgres(url);
}

function createSqlite(template?: string): TestDatabase {
  const file = join(temporaryDirectory('sqlite'), 'gatehouse.sqlite');
  if (template !== undefined) copyFileSync(template, file);
  return openSqlite(file);
}

function openSqlite(file: string): TestDatabase {
  return {
    kind: 'sqlite',
    url: `sqlite:${file}`,
    secret: newSecret(),
    query: async (sql, params = []) => {
      const database = new Database(file, { timeout: 5_000 });
      try {
        const statement = database.prepare(sql);
        if (statement.reader) return statement.all(...params);
        statement.run(...params);
        return [];
      } finally {
        database.close();
      }
    },
    load: async (script) => {
      const database = new Database(file);
      database.exec(script);
      database.close();
    },
    // The file is deleted with its directory when the test file has ended.
    drop: async () => undefined,
  };
}

async function createMariaDb(serverUrl: string | undefined): Promise<TestDatabase> {
  if (!serverUrl) throw new Error('There is no MariaDB server for the tests');
  const name = newName();
  await askMySql(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  return droppedAtTheEnd(openMariaDb(new URL(name, serverUrl).href));
}

function openMariaDb(url: string): TestDatabase {
  const serverUrl = new URL('/', url).href;
  const name = new URL(url).pathname.slice(1);
  const connection = new KeptConnection<MySqlConnection>({
    open: () => connectToMySql(url),
    close: (each) => each.destroy(),
    isLost: (error) => (error as { fatal?: boolean }).fatal === true,
  });
  return {
    kind: 'mariadb',
    secret: newSecret(),
    url,
    query: (sql, params) => connection.use((each) => queryMySql(each, sql, params)),
    load: (script) => loadIntoMySql(url, script),
    drop: async () => {
      await askMySql(serverUrl, `DROP DATABASE IF EXISTS ${name}`);
    },
  };
}

async function createPostgres(serverUrl: string, template = 'template1'): Promise<TestDatabase> {
  const name = newName();
  await onPostgres(serverUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`),
  );
  return droppedAtTheEnd(openPostgres(Object.assign(new URL(serverUrl), { pathname: name }).href));
}

function openPostgres(url: string): TestDatabase {
  const serverUrl = Object.assign(new URL(url), { pathname: 'postgres' }).href;
  const name = new URL(url).pathname.slice(1);
  const connection = new KeptConnection<Client>({
    open: () => connectToPostgres(url),
    close: (client) => client.end(),
    isLost: isLostByPostgres,
  });
  return {
    kind: 'postgres',
    secret: newSecret(),
    url,
    query: (sql, params = []) =>
      connection.use(async (client) => (await client.query(postgresSql(sql), [...params])).rows),
    // pg_dump writes lines for psql, which begin with a backslash.
    load: (script) =>
      onPostgres(
        url,
        async (client) => void (await client.query(script.replaceAll(/^\\.*$/gm, ''))),
      ),
    drop: () =>
      onPostgres(serverUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

/** A server that a test has stopped cannot drop the database, and need not. */
function droppedAtTheEnd(database: TestDatabase): TestDatabase {
  onDispose(() => database.drop().catch(() => undefined));
  return database;
}

async function loadIntoMySql(uri: string, script: string): Promise<void> {
  // Loaded here, because most test files never ask MariaDB themselves, and Jest loads it anew for each.
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({ uri, multipleStatements: true });
  try {
    // A dump has its tables in alphabetical order, and not in the order of their foreign keys.
    await connection.query(`SET FOREIGN_KEY_CHECKS = 0; ${script}`);
  } finally {
    connection.destroy();
  }
}

async function connectToMySql(uri: string): Promise<MySqlConnection> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({ uri, timezone: 'Z', connectTimeout: 5_000 });
  // A server that a test kills also ends idle connections, and a query reports its own failure.
  connection.on('error', () => undefined);
  return connection;
}

async function queryMySql(
  connection: MySqlConnection,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, [...params]);
  return Array.isArray(rows) ? rows : [];
}

/** Runs one query on a connection of its own. */
async function askMySql(uri: string, sql: string): Promise<void> {
  const connection = await connectToMySql(uri);
  try {
    await queryMySql(connection, sql);
  } finally {
    connection.destroy();
  }
}

function newName(): string {
  return `gatehouse_${randomBytes(6).toString('hex')}`;
}

function newSecret(): string {
  return randomBytes(48).toString('base64url');
}
