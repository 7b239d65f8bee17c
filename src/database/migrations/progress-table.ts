import type { QueryRunner } from 'typeorm';

/**
 * The table that stores the progress of each migration and the owner of its lock. MySQL and MariaDB commit every change
 * of the schema at once, so an interrupted migration is half done; the next attempt resumes from this table (S-203).
 */
export const PROGRESS_TABLE = 'gatehouse_migration_progress';

/**
 * @param tableOptions what the definition of a table ends with
 * @throws QueryFailedError without the right to create tables
 */
export async function createProgressTable(runner: QueryRunner, tableOptions = ''): Promise<void> {
  await runner.query(
    `CREATE TABLE IF NOT EXISTS ${PROGRESS_TABLE} (
      name varchar(255) NOT NULL PRIMARY KEY,
      owner varchar(36) NOT NULL DEFAULT '',
      beat bigint NOT NULL DEFAULT 0,
      direction varchar(4) NOT NULL DEFAULT '',
      is_finished smallint NOT NULL DEFAULT 0,
      done mediumtext NULL,
      statements mediumtext NULL
    )${tableOptions}`,
  );
}

/** The columns of a migration's progress that are read here. */
export interface ProgressRow {
  readonly name: string;
  readonly direction: string;
  readonly is_finished: number;
}

/** The progress of all migrations; empty where the table does not exist yet. Needs only the right to read. */
export async function readProgress(runner: QueryRunner): Promise<readonly ProgressRow[]> {
  if (!(await runner.hasTable(PROGRESS_TABLE))) return [];
  return runner.query(
    `SELECT name, direction, is_finished FROM ${PROGRESS_TABLE} WHERE direction <> ''`,
  );
}
