import { Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { dataSourceOf } from '../../data-source-of.js';
import type { MigrationRun } from '../dialect.js';
import { inLockedTransaction, whileMigrationsLocked } from './migration-lock.js';

/** TypeORM reads the timestamp of a migration from the end of its name. */
const TIMESTAMP_LENGTH = 13;

/**
 * Runs a migration in one transaction, since PostgreSQL undoes changes of the schema. Other instances wait; the next one
 * finds the migration in the history.
 *
 * TypeORM writes the history in its own transaction, or, with `migrationsTransactionMode: 'none'`, after the migration:
 * then the history is written here, in the transaction of the migration, and has the row twice.
 */
export async function runTransactionally(
  runner: QueryRunner,
  run: MigrationRun,
  work: (runner: QueryRunner) => Promise<unknown>,
): Promise<void> {
  const isDone = async () => (await isApplied(runner, run.name)) === (run.direction === 'up');
  if (runner.isTransactionActive) {
    await whileMigrationsLocked(runner, async () => {
      if (!(await isDone())) await work(runner);
    });
    return;
  }
  // CREATE INDEX CONCURRENTLY and others are refused in a transaction.
  if (!run.wantsTransaction) {
    await work(runner);
    return;
  }
  await inLockedTransaction(runner, async () => {
    if (await isDone()) return;
    await work(runner);
    await recordInHistory(runner, run);
  });
}

async function isApplied(runner: QueryRunner, name: string): Promise<boolean> {
  const applied = await new MigrationExecutor(dataSourceOf(runner), runner).getExecutedMigrations();
  return applied.some((each) => each.name === name);
}

async function recordInHistory(runner: QueryRunner, { name, direction }: MigrationRun) {
  const executor = new MigrationExecutor(dataSourceOf(runner), runner);
  const migration = new Migration(undefined, Number(name.slice(-TIMESTAMP_LENGTH)), name);
  await (direction === 'up'
    ? executor.insertMigration(migration)
    : executor.deleteMigration(migration));
}
