// The statements that cause and show faults, in the language of each engine.
import type { Row, TestDatabase } from '../support/database.js';
import { postgresSql } from '../support/postgres-client.js';
import type { ServerKind } from '../support/servers.js';

interface Engine {
  /** Ids of all connections to the database except the asking one. */
  readonly connections: string;
  /** Ids of the connections that wait for a row lock. */
  readonly waitingForRow: string;
  /** Ids of the connections that wait for a lock on a table. */
  readonly waitingForTable: string;
  readonly kill: (id: number) => string;
  /** Takes a lock on the table of users that even readers wait for; it ends with the connection. */
  readonly lockUsers: string;
  /** In a transaction: makes the other one the victim of a deadlock. */
  readonly survive: string;
}

const ofPostgres = (condition: string) =>
  `SELECT pid AS id FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid()
     AND backend_type = 'client backend' AND ${condition}`;

const ofMariaDb = (condition: string) =>
  `SELECT id FROM information_schema.processlist
   WHERE db = DATABASE() AND id <> CONNECTION_ID() AND ${condition}`;

export const ENGINES: Readonly<Record<ServerKind, Engine>> = {
  mariadb: {
    connections: ofMariaDb('1 = 1'),
    waitingForRow: `SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx
      JOIN information_schema.processlist ON id = trx_mysql_thread_id
      WHERE trx_state = 'LOCK WAIT' AND db = DATABASE()`,
    waitingForTable: ofMariaDb("state = 'Waiting for table metadata lock'"),
    kill: (id) => `KILL ${id}`,
    lockUsers: 'LOCK TABLES users WRITE',
    // InnoDB rolls back the transaction with fewer changes.
    survive: 'INSERT INTO ballast SELECT seq FROM seq_1_to_500',
  },
  postgres: {
    connections: ofPostgres('true'),
    waitingForRow: ofPostgres("wait_event_type = 'Lock'"),
    waitingForTable: ofPostgres("wait_event_type = 'Lock'"),
    kill: (id) => `SELECT pg_terminate_backend(${id})`,
    lockUsers: 'BEGIN; LOCK TABLE users',
    // PostgreSQL rolls back the transaction that has waited for this time.
    survive: "SET LOCAL deadlock_timeout = '1h'",
  },
};

/** A connection of the test's own: its locks last until it rolls back or closes. */
export interface Connection {
  query(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function connectTo({ kind, url }: TestDatabase): Promise<Connection> {
  return kind === 'postgres' ? connectToPostgres(url) : connectToMySql(url);
}

/** Ends all connections of the service; returns how many there were. */
export async function killConnections(database: TestDatabase): Promise<number> {
  const { connections, kill } = ENGINES[database.kind as ServerKind];
  const rows = await database.query(connections);
  // Some may have ended meanwhile.
  for (const { id } of rows) await database.query(kill(id)).catch(() => undefined);
  return rows.length;
}

async function connectToMySql(uri: string): Promise<Connection> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({ uri });
  return {
    query: async (sql, params = []) => {
      const [rows] = await connection.query(sql, [...params]);
      return Array.isArray(rows) ? rows : [];
    },
    close: () => Promise.resolve(connection.destroy()),
  };
}

async function connectToPostgres(connectionString: string): Promise<Connection> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString });
  // A server that a test kills also ends idle connections.
  client.on('error', () => undefined);
  await client.connect();
  return {
    query: async (sql, params = []) => (await client.query(postgresSql(sql), [...params])).rows,
    close: () => client.end(),
  };
}
