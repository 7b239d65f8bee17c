import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';
import { StartError } from '../../common/errors/start.error.js';
import { SerializedQueryRunner, serializeSqlite } from '../../database/dialects/sqlite/sqlite-serialization.js';
import { makePrivateFolder } from '../config/files.js';
import { dataSourceOptions, type DatabaseOptions } from './data-source-options.js';
import { databaseRemedy } from './database-remedies.js';
import { connectWithin } from './database-wait.js';
import { migrate } from './migrate.js';
import { prepareMysqlSessions } from './prepare-mysql-sessions.js';

/** Creates a DataSource without connecting it; TypeORM's command line uses it too. */
export function createDataSource(options: DatabaseOptions): DataSource {
  const dataSource = new DataSource(dataSourceOptions(options));
  if (isSqlite(dataSource)) serializeSqlite(dataSource, SerializedQueryRunner);
  return dataSource;
}

/**
 * Connects, sets the sessions up and applies the pending migrations.
 *
 * @throws StartError when the database cannot be reached or lacks a setting that Gatehouse relies on
 */
export async function openDataSource(options: DatabaseOptions): Promise<DataSource> {
  const dataSource = createDataSource(options);
  await connect(dataSource, options);
  try {
    if (!isSqlite(dataSource)) await prepareMysqlSessions(dataSource);
    await migrate(dataSource);
    // From here on there are requests, and a wait inside SQLite would block the event loop.
    if (isSqlite(dataSource)) await dataSource.query('PRAGMA busy_timeout = 1');
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw databaseRemedy(error) === undefined ? error : unusable(error);
  }
}

async function connect(dataSource: DataSource, options: DatabaseOptions): Promise<void> {
  try {
    const { type, database } = dataSource.options;
    if (type === 'better-sqlite3') createPrivately(database);
    await connectWithin(options.waitSeconds ?? 0, async () => void (await dataSource.initialize()));
  } catch (error) {
    throw unusable(error);
  }
}

/** Names the setting without repeating its value: an address may hold a password. */
function unusable(error: unknown): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  const remedy = databaseRemedy(error);
  const problem = `cannot be used (${code ?? message})${remedy === undefined ? '' : `: ${remedy}`}`;
  return new StartError(`DATABASE_URL names a database that ${problem}`, { cause: error });
}

function isSqlite(dataSource: DataSource): boolean {
  return dataSource.options.type === 'better-sqlite3';
}

/** Creates the file with mode 0600; SQLite gives its journal the same mode (S-158). */
function createPrivately(file: string): void {
  makePrivateFolder(dirname(file));
  closeSync(openSync(file, 'a', 0o600));
}
