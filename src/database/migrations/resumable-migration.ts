import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dataSourceOf } from '../data-source-of.js';
import type { MigrationRun } from '../dialects/dialect.js';
import { dialectOf } from '../dialects/dialect-of.js';

export type MigrationClass = new () => MigrationInterface;

interface ResumableOptions {
  /** The name of the migration in the history. */
  readonly name: string;
  /** Wraps the query runner in another one. */
  readonly adapt?: (runner: QueryRunner) => QueryRunner;
  readonly isTolerant?: MigrationRun['isTolerant'];
}

/** Makes a migration that may be interrupted at any statement and run again, up or down (S-203). */
export function resumableMigration(
  Migration: MigrationClass,
  { name, adapt = (runner) => runner, isTolerant = false }: ResumableOptions,
): MigrationClass {
  const migration = new Migration();
  const wantsTransaction = migration.transaction !== false;
  const run = (runner: QueryRunner, direction: MigrationRun['direction']) =>
    dialectOf(dataSourceOf(runner)).runMigration(
      runner,
      { name, direction, isTolerant, wantsTransaction },
      (each) => migration[direction](adapt(each)),
    );
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
