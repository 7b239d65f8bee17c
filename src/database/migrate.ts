import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { StartError } from '../common/errors/start.error.js';
import { isRepeatable } from './database-errors.js';
import { withTimeToMigrate } from './mysql-session.js';
import { MigrationLock } from './migrations/migration-lock.js';
import { PROGRESS_TABLE, readProgress, type ProgressRow } from './migrations/progress-table.js';

/** How long another process may hold SQLite's write lock, and how often to look. */
const SQLITE_WAIT_MS = 60_000;
const SQLITE_PAUSE_MS = 100;

/**
 * Applies the migrations that are missing. Instances that start at once take turns; where nothing is missing no right
 * is needed but to read (S-157).
 *
 * @throws StartError when another instance is still at it after a minute
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

/**
 * Which migration was cut off and not run to its end, if one was.
 *
 * @param runner its own migrations are known by what `migrationsTableName` names
 */
export async function findCutOff(runner: QueryRunner): Promise<ProgressRow | undefined> {
  const notes = await readProgress(runner);
  if (notes.length === 0) return undefined;
  const applied = await appliedNames(runner);
  const known = new Set(runner.dataSource.migrations.map((each) => each.name));
  return notes.find(({ name, direction, is_finished: isFinished }) => {
    if (!known.has(name)) return false;
    return direction === 'down' ? applied.has(name) : isFinished === 0 && !applied.has(name);
  });
}

async function isUpToDate(runner: QueryRunner): Promise<boolean> {
  const pending = await executorOf(runner).getPendingMigrations();
  return pending.length === 0 && (await findCutOff(runner)) === undefined;
}

async function migrateMysql(runner: QueryRunner): Promise<void> {
  const lock = await MigrationLock.acquire(runner, 'instance');
  try {
    await run(runner);
  } finally {
    await lock.release();
  }
}

/** The write lock of the file is the lock, and ends with the process that holds it. */
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
  // The way back that was cut off has left the schema in between: it is ended before the way forth.
  const cutOff = await findCutOff(runner);
  if (cutOff?.direction === 'down') await executorOf(runner).undoLastMigration();
  await executorOf(runner).executePendingMigrations();
  await forgetProgress(runner);
}

/** Notes of migrations that are in the history have done their work. */
export async function forgetProgress(runner: QueryRunner): Promise<void> {
  const applied = await appliedNames(runner);
  for (const { name } of await readProgress(runner)) {
    if (applied.has(name))
      await runner.query(`DELETE FROM ${PROGRESS_TABLE} WHERE name = ?`, [name]);
  }
}

function executorOf(runner: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(runner.dataSource, runner);
  executor.transaction = 'all';
  return executor;
}

async function appliedNames(runner: QueryRunner): Promise<ReadonlySet<string>> {
  const applied = await executorOf(runner).getExecutedMigrations();
  return new Set(applied.map(({ name }) => name));
}
