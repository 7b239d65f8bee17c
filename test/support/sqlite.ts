import { sqliteDriver } from '../../src/server/database/engines/sqlite/sqlite-driver.ts';

/** The members of better-sqlite3 that the tests use; the package has no types. */
interface Statement {
  /** Whether the statement returns rows. */
  readonly reader: boolean;
  all(...params: unknown[]): Record<string, unknown>[];
  run(...params: unknown[]): unknown;
}

interface Connection {
  prepare(sql: string): Statement;
  exec(script: string): void;
  close(): void;
}

/** better-sqlite3 for the Node that runs the tests. */
export const Database = sqliteDriver() as new (
  file: string,
  options?: { timeout?: number },
) => Connection;
