import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource, type QueryRunner } from 'typeorm';
import { StartError } from '../common/errors/start.error.js';
import { dataSourceOptions, type DatabaseOptions } from './data-source-options.js';
import { connectWithin } from './database-wait.js';
import { useDirectMysql } from './direct-mysql-query-runner.js';
import { DirectSqliteQueryRunner } from './direct-sqlite-query-runner.js';
import { prepareMysqlSessions } from './mysql-session.js';
import { serializeSqlite } from './sqlite-serialization.js';

const MIGRATION_LOCK = 'gatehouse_migrations';
const MIGRATION_LOCK_SECONDS = 60;

/** A DataSource that is set up but not connected; also what TypeORM's command line works with. */
export function createDataSource(options: DatabaseOptions): DataSource {
  const dataSource = new DataSource(dataSourceOptions(options));
  if (isSqlite(dataSource)) serializeSqlite(dataSource, DirectSqliteQueryRunner);
  return dataSource;
}

/**
 * Connects, sets the sessions up and applies the migrations that are missing.
 *
 * @throws StartError when the database cannot be reached or does not keep what we rely on
 */
export async function openDataSource(options: DatabaseOptions): Promise<DataSource> {
  const dataSource = createDataSource(options);
  if (!isSqlite(dataSource)) useDirectMysql(dataSource);
  await connect(dataSource, options);
  try {
    if (isSqlite(dataSource)) await migrateSqlite(dataSource);
    else await migrateUnderLock(dataSource);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

async function connect(dataSource: DataSource, options: DatabaseOptions): Promise<void> {
  try {
    if (isSqlite(dataSource)) createPrivately(options.url.slice('sqlite:'.length));
    await connectWithin(options.waitSeconds ?? 0, async () => void (await dataSource.initialize()));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Names what the operator set, and repeats none of it: an address may hold a password.
    throw new StartError(`DATABASE_URL names a database that cannot be used (${code ?? message})`, {
      cause: error,
    });
  }
}

function isSqlite(dataSource: DataSource): boolean {
  return dataSource.options.type === 'better-sqlite3';
}

/** SQLite gives its journal the mode of the file, so it is enough to create that one (S-158). */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

async function migrateSqlite(dataSource: DataSource): Promise<void> {
  await dataSource.runMigrations();
  // From here on there are requests, and SQLite would wait with the event loop.
  await dataSource.query('PRAGMA busy_timeout = 1');
}

/** Instances that start at once take turns. Without pending migrations no DDL right is needed (S-157). */
async function migrateUnderLock(dataSource: DataSource): Promise<void> {
  await prepareMysqlSessions(dataSource);
  const runner: QueryRunner = dataSource.createQueryRunner();
  try {
    const rows = (await runner.query(
      `SELECT GET_LOCK('${MIGRATION_LOCK}', ${MIGRATION_LOCK_SECONDS}) AS isMine`,
    )) as { isMine: number | string | null }[];
    if (Number(rows[0]?.isMine) !== 1) throw new StartError('another instance is still migrating');
    await dataSource.runMigrations();
  } finally {
    await runner.query(`SELECT RELEASE_LOCK('${MIGRATION_LOCK}')`).catch(() => undefined);
    await runner.release();
  }
}
