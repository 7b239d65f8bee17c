import type { QueryRunner } from 'typeorm';
import type { MigrationRun } from '../dialect.js';
import { MigrationLock } from './migration-lock.js';
import { MigrationProgress } from './migration-progress.js';
import { resumableRunner } from './resumable-runner.js';

/** Runs a migration step by step, because MySQL and MariaDB commit every change of the schema at once. */
export async function runResumably(
  runner: QueryRunner,
  { name, direction, isTolerant }: MigrationRun,
  work: (runner: QueryRunner) => Promise<unknown>,
): Promise<void> {
  await committingEach(runner, async () => {
    const lock = await MigrationLock.acquire(runner, name);
    try {
      const progress = await MigrationProgress.load(runner, name, lock.owner, direction);
      if (progress.isFinished) return;
      await progress.resume();
      await work(resumableRunner(runner, progress, isTolerant));
      await progress.finish();
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await lock.release();
    }
  });
}

/** Turns autocommit on, because a host's sessions may have it off, and ends a transaction that TypeORM began. */
async function committingEach(runner: QueryRunner, run: () => Promise<void>): Promise<void> {
  const rows = (await runner.query('SELECT @@autocommit AS autocommit')) as {
    autocommit: number;
  }[];
  // The first change of the schema would end any transaction anyway.
  await runner.query('COMMIT');
  const isOff = Number(rows[0]?.autocommit) === 0;
  if (isOff) await runner.query('SET autocommit = 1');
  try {
    await run();
  } finally {
    if (isOff) await runner.query('SET autocommit = 0').catch(() => undefined);
  }
}
