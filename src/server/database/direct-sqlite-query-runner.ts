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

/** As many as TypeORM keeps. */
const MAX_STATEMENTS = 100;

/**
 * For a DataSource that is ours alone. TypeORM tells its subscribers and its logger of every statement, of which we
 * have none, and waits for them; what is left is better-sqlite3, which answers at once.
 */
export class DirectSqliteQueryRunner extends SerializedQueryRunner {
  protected override waitForTurn<T>(run: () => Promise<T>): Promise<T> {
    // Nothing can come in between what is done at once.
    return this.shared.mutex.isLocked() ? super.waitForTurn(run) : run();
  }

  // oxlint-disable-next-line require-await -- what it throws is to be a rejection
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
