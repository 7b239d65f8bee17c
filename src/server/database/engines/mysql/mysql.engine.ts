import type { QueryRunner } from 'typeorm';
import { MigrationLock } from '../../../../database/dialects/mysql/migration-lock.js';
import type { DatabaseOptions } from '../../database-options.js';
import { tlsOptions, usesTls } from '../../database-tls.js';
import { POOL_SIZE, type Engine } from '../engine.js';
import type { MysqlAddress } from './mysql-url.js';
import { prepareMysqlSessions } from './prepare-mysql-sessions.js';

const CONNECT_TIMEOUT_MS = 2_000;

/** Longer limits for a migration: altering a large table takes minutes, after a wait for its current users. */
const MIGRATION_SETTINGS: Readonly<Record<string, string>> = {
  innodb_lock_wait_timeout: '50',
  lock_wait_timeout: '60',
  max_statement_time: '0',
  max_execution_time: '0',
};

const NO_RIGHT = 'GRANT the user all rights on this database';
const DENIED = 'the server refuses the user or the password';
const REMEDIES: Readonly<Record<string, string>> = {
  ER_ACCESS_DENIED_ERROR: DENIED,
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: DENIED,
  ER_BAD_DB_ERROR: 'the server has no such database: CREATE DATABASE … CHARACTER SET utf8mb4',
  ER_DBACCESS_DENIED_ERROR: NO_RIGHT,
  ER_SPECIFIC_ACCESS_DENIED_ERROR: NO_RIGHT,
  ER_TABLEACCESS_DENIED_ERROR: NO_RIGHT,
  ER_OPTION_PREVENTS_STATEMENT: 'the server is read-only: name the primary',
  // A server of PostgreSQL waits for the client to speak first, as this driver does for the server.
  ETIMEDOUT: 'the host does not answer as MySQL: check host, port and network',
  HANDSHAKE_NO_SSL_SUPPORT: 'the server offers no TLS: DATABASE_TLS=off connects without it',
  HANDSHAKE_SSL_ERROR: 'TLS failed: check DATABASE_TLS and DATABASE_CA_FILE',
};

/**
 * Too many connections (of all, of this user, in this hour), Galera node not ready, server shutting down, broken
 * packets, connection killed, offline mode.
 */
const TRANSIENT_ERRNOS: ReadonlySet<unknown> = new Set([
  1040, 1203, 1226, 1047, 1053, 1158, 1159, 1160, 1161, 1927, 3032,
]);

export function mysqlEngine(address: MysqlAddress, options: DatabaseOptions): Engine {
  const { tls: _, ...server } = address;
  return {
    options: {
      ...server,
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: CONNECT_TIMEOUT_MS,
      poolSize: POOL_SIZE,
      ...(usesTls(options.tls, address) ? { ssl: tlsOptions(options) } : {}),
    },

    prepareSessions: prepareMysqlSessions,

    migrateAlone: (runner, work) => withTimeToMigrate(runner, () => withLock(runner, work)),

    remedyFor({ code = '', message }) {
      const [denied] = /[A-Z]+ command denied/.exec(message) ?? [];
      const remedy = REMEDIES[code];
      return remedy === undefined || denied === undefined ? remedy : `${denied}, ${remedy}`;
    },

    isTransient: ({ code, errno }) =>
      code === 'PROTOCOL_CONNECTION_LOST' || TRANSIENT_ERRNOS.has(errno),
  };
}

/** Runs a migration with longer time limits, and restores the settings of the connection afterwards. */
async function withTimeToMigrate(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  const names = Object.keys(MIGRATION_SETTINGS)
    .map((name) => `'${name}'`)
    .join();
  const rows = (await runner.query(`SHOW VARIABLES WHERE Variable_name IN (${names})`)) as {
    Variable_name: string;
    Value: string;
  }[];
  const set = (value: (row: (typeof rows)[number]) => string | undefined) =>
    runner.query(`SET SESSION ${rows.map((row) => `${row.Variable_name} = ${value(row)}`).join()}`);
  await set((row) => MIGRATION_SETTINGS[row.Variable_name]);
  try {
    await work();
  } finally {
    await set((row) => row.Value).catch(() => undefined);
  }
}

async function withLock(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  const lock = await MigrationLock.acquire(runner, 'instance');
  try {
    await work();
  } finally {
    await lock.release();
  }
}
