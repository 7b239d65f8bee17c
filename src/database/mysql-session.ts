import type { DataSource } from 'typeorm';
import type { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { StartError } from '../common/errors/start.error.js';

/** Longest wait for a row lock, in seconds: a repeat still fits into an operation's deadline. */
const LOCK_WAIT_SECONDS = 1;

/** What every connection is set to, whatever the server's defaults are (S-138, S-182, S-183). */
const SESSION_SETTINGS = `SET SESSION sql_mode = 'TRADITIONAL', time_zone = '+00:00',
  innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, tx_isolation = 'READ-COMMITTED'`;

interface Connection {
  query(sql: string, callback: (error: Error | null) => void): void;
  release(): void;
  destroy(): void;
}

interface Pool {
  on(event: 'connection', listener: (connection: Connection) => void): void;
  getConnection(callback: (error: Error | null, connection: Connection) => void): void;
}

/** DataSources whose sessions we set up ourselves, isolation level included. */
const prepared = new WeakSet<DataSource>();

/** Whether every transaction of the DataSource is READ COMMITTED by itself (S-183). */
export function isReadCommitted(dataSource: DataSource): boolean {
  return prepared.has(dataSource) || dataSource.options.type === 'better-sqlite3';
}

/**
 * What a host's sessions must keep for us; their other settings are its own affair.
 *
 * @throws StartError naming the setting
 */
export async function assertUsableSessions(dataSource: DataSource): Promise<void> {
  if (prepared.has(dataSource)) return;
  const { sqlMode = '', charset = '' } = await readSession(dataSource);
  if (!/STRICT_(ALL|TRANS)_TABLES/.test(sqlMode)) {
    throw new StartError('the DataSource needs a strict sql_mode: text must not be cut silently');
  }
  if (charset !== 'utf8mb4') throw new StartError("the DataSource needs charset: 'utf8mb4'");
}

/**
 * Settings for every connection the pool opens from now on, and for the one it has.
 *
 * @throws StartError naming the setting, when the server does not keep what we rely on
 */
export async function prepareMysqlSessions(dataSource: DataSource): Promise<void> {
  const pool = (dataSource.driver as MysqlDriver).pool as Pool;
  const settings = await settingsFor(dataSource);
  // Queued before whatever the connection was opened for.
  pool.on('connection', (connection) => {
    connection.query(settings, (error) => error && connection.destroy());
  });
  await dataSource.query(settings);
  await assertSession(dataSource);
  prepared.add(dataSource);
}

/** MySQL 8 calls it transaction_isolation; MariaDB before 11.1 knows only the old name. */
async function settingsFor(dataSource: DataSource): Promise<string> {
  const rows: unknown[] = await dataSource.query("SHOW VARIABLES LIKE 'transaction_isolation'");
  return rows.length > 0
    ? SESSION_SETTINGS.replace('tx_isolation', 'transaction_isolation')
    : SESSION_SETTINGS;
}

async function readSession(dataSource: DataSource): Promise<Record<string, string>> {
  const rows: Record<string, string>[] = await dataSource.query(
    `SELECT @@sql_mode AS sqlMode, @@session.time_zone AS timeZone,
       @@character_set_connection AS charset, @@character_set_database AS databaseCharset`,
  );
  return rows[0] ?? {};
}

async function assertSession(dataSource: DataSource): Promise<void> {
  const session = await readSession(dataSource);
  const faults = [
    session['sqlMode']?.includes('STRICT_ALL_TABLES') ? '' : 'sql_mode is not strict',
    session['timeZone'] === '+00:00' ? '' : 'time_zone is not UTC',
    session['charset'] === 'utf8mb4' ? '' : 'the connection is not utf8mb4',
    session['databaseCharset'] === 'utf8mb4' ? '' : 'the database is not utf8mb4',
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new StartError(`DATABASE_URL: ${faults.join(', ')}`);
}
