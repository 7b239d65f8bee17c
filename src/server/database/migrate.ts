import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { StartError } from '../../common/errors/start.error.js';
import { isRepeatable } from '../../database/database-errors.js';
import { findCutOff, forgetProgress } from '../../database/migrations/cut-off.js';
import { MigrationLock } from '../../database/dialects/mysql/migration-lock.js';

/** How long to wait for another process that holds SQLite's write lock, and the pause between two attempts. */
const SQLITE_WAIT_MS = 60_000;
const SQLITE_PAUSE_MS = 100;

/** Longer limits for a migration: altering a large table takes minutes, after a wait for its current users. */
const MIGRATION_SETTINGS: Readonly<Record<string, string>> = {
  innodb_lock_wait_timeout: '50',
  lock_wait_timeout: '60',
  max_statement_time: '0',
  max_execution_time: '0',
};

/**
 * Applies the pending migrations. Instances that start together take turns; where none is pending, the database user
 * needs only the right to read (S-157).
 *
 * @throws StartError when another instance is still migrating after a minute
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    if (await isUpToDate(runner)) return;
    if (dataSource.options.type === 'better-sqlite3') await migrateSqlite(runner);
    else await withTimeToMigrate(runner, () => migrateMysql(runner));
  } finally {
    await runner.release();
  }
}

async function isUpToDate(runner: QueryRunner): Promise<boolean> {
  const pending = await executorOf(runner).getPendingMigrations();
  return pending.length === 0 && (await findCutOff(runner)) === undefined;
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

async function migrateMysql(runner: QueryRunner): Promise<void> {
  const lock = await MigrationLock.acquire(runner, 'instance');
  try {
    await run(runner);
  } finally {
    await lock.release();
  }
}

/** SQLite needs no other lock than the write lock of the file, which ends with the process that holds it. */
async function migrateSqlite(runner: QueryRunner): Promise<void> {
  await runner.beforeMigration();
  try {
    await beginWhenFree(runner);
    try {
      await run(runner);
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  } finally {
    await runner.afterMigration();
  }
}

async function beginWhenFree(runner: QueryRunner): Promise<void> {
  const deadline = performance.now() + SQLITE_WAIT_MS;
  for (;;) {
    try {
      return await runner.startTransaction();
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      if (performance.now() >= deadline)
        throw new StartError('another instance is still migrating');
      await sleep(SQLITE_PAUSE_MS);
    }
  }
}

async function run(runner: QueryRunner): Promise<void> {
  // An interrupted revert left the schema half-way: it is completed before the pending migrations run.
  const cutOff = await findCutOff(runner);
  if (cutOff?.direction === 'down') await executorOf(runner).undoLastMigration();
  await executorOf(runner).executePendingMigrations();
  await forgetProgress(runner);
}

function executorOf(runner: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(runner.dataSource, runner);
  executor.transaction = 'all';
  return executor;
}
