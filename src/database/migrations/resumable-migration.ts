import type { MigrationInterface, QueryRunner } from 'typeorm';
import { MigrationLock } from './migration-lock.js';
import { MigrationProgress, type Direction } from './migration-progress.js';
import { resumableRunner } from './resumable-runner.js';
import { runAtOnce } from './sqlite-migration.js';

export type MigrationClass = new () => MigrationInterface;

interface ResumableOptions {
  /** The name of the migration in the history. */
  readonly name: string;
  /** Wraps the resumable runner in another one. */
  readonly adapt?: (runner: QueryRunner) => QueryRunner;
  /** See {@link resumableRunner}. */
  readonly isTolerant?: boolean;
}

/** Makes a migration that may be interrupted at any statement and run again, up or down (S-203). */
export function resumableMigration(
  Migration: MigrationClass,
  { name, adapt = (runner) => runner, isTolerant = false }: ResumableOptions,
): MigrationClass {
  const migration = new Migration();
  const run = (runner: QueryRunner, direction: Direction) =>
    resumably(runner, name, direction, isTolerant, (each) => migration[direction](adapt(each)));
  return class implements MigrationInterface {
    // TypeORM reads the timestamp from the end of the name.
    readonly name = name;
    readonly transaction = migration.transaction as boolean;

    up(runner: QueryRunner): Promise<void> {
      return run(runner, 'up');
    }

    down(runner: QueryRunner): Promise<void> {
      return run(runner, 'down');
    }
  };
}

async function resumably(
  runner: QueryRunner,
  name: string,
  direction: Direction,
  isTolerant: boolean,
  work: (runner: QueryRunner) => Promise<unknown>,
): Promise<void> {
  if (runner.dataSource.options.type === 'better-sqlite3') {
    return runAtOnce(runner, name, direction, () => work(runner));
  }
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
