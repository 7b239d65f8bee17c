import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { StartError } from '../../common/errors/start.error.js';
import { dataSourceOf } from '../../database/data-source-of.js';
import { findCutOff, forgetProgress } from '../../database/migrations/cut-off.js';
import type { Engine } from './engines/engine.js';

/**
 * Applies the pending migrations. Instances that start together take turns; where none is pending, the database user
 * needs only the right to read (S-157).
 *
 * @throws StartError when another instance is still migrating after a minute
 */
export async function migrate(dataSource: DataSource, engine: Engine): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    if (await isUpToDate(runner)) return;
    await engine.migrateAlone(runner, () => run(runner));
  } finally {
    await runner.release();
  }
}

/** @throws StartError when migrations are pending */
export async function assertMigrated(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    if (await isUpToDate(runner)) return;
  } finally {
    await runner.release();
  }
  throw new StartError(
    'DATABASE_URL names a database without the tables of this release: start the service first',
  );
}

async function isUpToDate(runner: QueryRunner): Promise<boolean> {
  const pending = await executorOf(runner).getPendingMigrations();
  return pending.length === 0 && (await findCutOff(runner)) === undefined;
}

async function run(runner: QueryRunner): Promise<void> {
  // An interrupted revert left the schema half-way: it is completed before the pending migrations run.
  const cutOff = await findCutOff(runner);
  if (cutOff?.direction === 'down') await executorOf(runner).undoLastMigration();
  await executorOf(runner).executePendingMigrations();
  await forgetProgress(runner);
}

function executorOf(runner: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(dataSourceOf(runner), runner);
  executor.transaction = 'all';
  return executor;
}
