import { MigrationExecutor, type QueryRunner } from 'typeorm';
import { dataSourceOf } from '../data-source-of.js';
import { PROGRESS_TABLE, readProgress, type ProgressRow } from './progress-table.js';

/**
 * Finds a migration that was interrupted and has not run to its end.
 *
 * @param runner only the migrations of its DataSource count
 */
export async function findCutOff(runner: QueryRunner): Promise<ProgressRow | undefined> {
  const notes = await readProgress(runner);
  if (notes.length === 0) return undefined;
  const applied = await appliedNames(runner);
  const known = new Set(dataSourceOf(runner).migrations.map((each) => each.name));
  return notes.find(({ name, direction, is_finished: isFinished }) => {
    if (!known.has(name)) return false;
    return direction === 'down' ? applied.has(name) : isFinished === 0 && !applied.has(name);
  });
}

/** Deletes the progress of migrations that the history records as applied. */
export async function forgetProgress(runner: QueryRunner): Promise<void> {
  const applied = await appliedNames(runner);
  for (const { name } of await readProgress(runner)) {
    if (!applied.has(name)) continue;
    const deletion = runner.manager.createQueryBuilder().delete().from(PROGRESS_TABLE);
    await deletion.where('name = :name', { name }).execute();
  }
}

async function appliedNames(runner: QueryRunner): Promise<ReadonlySet<string>> {
  const applied = await new MigrationExecutor(dataSourceOf(runner), runner).getExecutedMigrations();
  return new Set(applied.map(({ name }) => name));
}
