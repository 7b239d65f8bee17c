import { QueryFailedError, QueryResult, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { MysqlQueryRunner } from 'typeorm/driver/mysql/MysqlQueryRunner.js';
import type { PreparingQueryRunner } from '../../database/compiled-statement.js';

type Callback = (error: Error | null, result: unknown) => void;

interface Connection {
  query(sql: string, values: unknown[] | undefined, callback: Callback): void;
  execute(sql: string, values: unknown[], callback: Callback): void;
  unprepare(sql: string): void;
}

/**
 * Errors of a server, or of a proxy before it, for a prepared statement that it did not execute: unknown command,
 * unknown statement, cannot be prepared, too many prepared statements, tables changed.
 */
const UNPREPARED: ReadonlySet<unknown> = new Set([1047, 1243, 1295, 1461, 1615]);

/**
 * The query runner of the service's own DataSource. It leaves out TypeORM's calls of subscribers and logger for every
 * statement, of which the service has none, and mysql2's promises, which capture a stack trace for each. A statement
 * then takes four fifths of the time.
 */
export class DirectMysqlQueryRunner extends MysqlQueryRunner implements PreparingQueryRunner {
  override query<Result>(
    sql: string,
    parameters?: unknown[],
    useStructuredResult = false,
  ): Promise<Result> {
    return this.run('query', sql, parameters, useStructuredResult);
  }

  /**
   * As {@link query}, for a statement that is used often: each connection prepares it once, so that the server parses
   * it once.
   */
  async queryPrepared<Row>(sql: string, parameters: unknown[]): Promise<QueryResult<Row>> {
    try {
      return await this.run('execute', sql, parameters, true);
    } catch (error) {
      if (!isUnprepared(error)) throw error;
      // mysql2 still counts the statement as prepared, so it would fail the next time as well.
      ((await this.connect()) as Connection).unprepare(sql);
      return this.run('query', sql, parameters, true);
    }
  }

  private async run<Result>(
    how: 'query' | 'execute',
    sql: string,
    parameters: unknown[] | undefined,
    isStructured: boolean,
  ): Promise<Result> {
    if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
    const connection = (await this.connect()) as Connection;
    return new Promise((resolve, reject) => {
      connection[how](sql, parameters ?? [], (error, raw) => {
        if (error) reject(new QueryFailedError(sql, parameters, error));
        else resolve((isStructured ? structured(raw) : raw) as Result);
      });
    });
  }
}

function isUnprepared(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { errno } = error.driverError as NodeJS.ErrnoException;
  return UNPREPARED.has(errno);
}

/** TypeORM's form of a result: rows, or the number of matched rows. */
function structured(raw: unknown): QueryResult {
  const result = new QueryResult();
  result.raw = raw;
  if (Array.isArray(raw)) result.records = raw;
  else result.affected = (raw as { readonly affectedRows?: number }).affectedRows;
  return result;
}
