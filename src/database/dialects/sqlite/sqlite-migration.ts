import type { QueryRunner } from 'typeorm';
import type { MigrationRun } from '../dialect.js';
import { createProgressTable, PROGRESS_TABLE } from '../../migrations/progress-table.js';

/**
 * Runs a migration of SQLite in one transaction, with foreign keys off: to change a column, TypeORM drops the table and
 * creates it again, which would delete the rows of other tables that refer to it.
 *
 * For `up`, TypeORM does this itself. For `down` it begins the transaction first, and SQLite does not let foreign keys
 * be turned off within one; with `migrationsTransactionMode: 'none'` it does neither. In both cases this function runs
 * its own transaction, and records in it that the migration has run: TypeORM writes its history only afterwards.
 */
export async function runAtOnce(
  runner: QueryRunner,
  { name, direction }: MigrationRun,
  work: (runner: QueryRunner) => Promise<unknown>,
): Promise<void> {
  const hasForeignKeys = await enforcesForeignKeys(runner);
  const isWithin = runner.isTransactionActive;
  if (isWithin && !hasForeignKeys) {
    await work(runner);
    return;
  }
  if (isWithin) await runner.commitTransaction();
  await runner.beforeMigration();
  try {
    await runner.startTransaction();
    try {
      await createProgressTable(runner);
      if (!(await isFinished(runner, name, direction))) await work(runner);
      await runner.query(
        `INSERT OR REPLACE INTO ${PROGRESS_TABLE} (name, direction, is_finished) VALUES (?, ?, 1)`,
        [name, direction],
      );
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  } finally {
    if (hasForeignKeys) await runner.afterMigration();
    // TypeORM will commit the transaction that it began.
    if (isWithin) await runner.startTransaction();
  }
}

async function enforcesForeignKeys(runner: QueryRunner): Promise<boolean> {
  const rows = (await runner.query('PRAGMA foreign_keys')) as { foreign_keys: number }[];
  return rows[0]?.foreign_keys === 1;
}

async function isFinished(runner: QueryRunner, name: string, direction: string) {
  const rows = (await runner.query(
    `SELECT 1 FROM ${PROGRESS_TABLE} WHERE name = ? AND direction = ? AND is_finished = 1`,
    [name, direction],
  )) as unknown[];
  return rows.length > 0;
}
