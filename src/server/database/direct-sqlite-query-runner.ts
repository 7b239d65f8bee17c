import { QueryFailedError, QueryResult } from 'typeorm';
import { SerializedQueryRunner } from '../../database/sqlite-serialization.js';

interface Statement {
  readonly reader: boolean;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { readonly changes: number; readonly lastInsertRowid: unknown };
}

interface Connection {
  prepare(sql: string): Statement;
}

/** The same number as TypeORM keeps. */
const MAX_STATEMENTS = 100;

/**
 * The query runner of the service's own DataSource. It leaves out TypeORM's calls of subscribers and logger for every
 * statement, of which the service has none, and calls better-sqlite3 directly, which answers synchronously.
 */
export class DirectSqliteQueryRunner extends SerializedQueryRunner {
  protected override waitForTurn<T>(run: () => Promise<T>): Promise<T> {
    // Synchronous work cannot be interrupted, so it needs no lock.
    return this.shared.mutex.isLocked() ? super.waitForTurn(run) : run();
  }

  // oxlint-disable-next-line require-await -- an error must become a rejection
  protected override async execute<Result>(
    sql: string,
    parameters: readonly unknown[],
    isStructured: boolean,
  ): Promise<Result> {
    const bound = parameters.map((each) => (typeof each === 'boolean' ? Number(each) : each));
    const result = new QueryResult();
    try {
      const statement = this.prepared(sql);
      if (statement.reader) {
        result.records = result.raw = statement.all(...bound);
      } else {
        const { changes, lastInsertRowid } = statement.run(...bound);
        result.affected = changes;
        result.raw = lastInsertRowid;
      }
    } catch (error) {
      throw new QueryFailedError(sql, bound, error as Error);
    }
    return (isStructured ? result : result.raw) as Result;
  }

  private prepared(sql: string): Statement {
    const { statements } = this.shared;
    const known = statements.get(sql);
    if (known) return known as Statement;
    const statement = (this.driver.databaseConnection as Connection).prepare(sql);
    statements.set(sql, statement);
    const [oldest] = statements.keys();
    if (statements.size > MAX_STATEMENTS && oldest !== undefined) statements.delete(oldest);
    return statement;
  }
}
