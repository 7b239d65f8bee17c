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
 * What a server, or a proxy before it, says of a statement that it did not carry out because it does not keep it:
 * unknown command, unknown statement, not to be prepared, too many of them, tables changed.
 */
const UNPREPARED: ReadonlySet<unknown> = new Set([1047, 1243, 1295, 1461, 1615]);

/**
 * For a DataSource that is ours alone. TypeORM tells its subscribers and its logger of every statement, of which we
 * have none, and mysql2's promises take a stack trace for each; what is left takes four fifths of the time.
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
   * As {@link query}, of a statement that comes again and again: each connection keeps it prepared, and the server
   * reads it once.
   */
  async queryPrepared<Row>(sql: string, parameters: unknown[]): Promise<QueryResult<Row>> {
    try {
      return await this.run('execute', sql, parameters, true);
    } catch (error) {
      if (!isUnprepared(error)) throw error;
      // What mysql2 believes to be prepared would fail the next time as well.
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

/** As TypeORM has it: rows, or how many were met. */
function structured(raw: unknown): QueryResult {
  const result = new QueryResult();
  result.raw = raw;
  if (Array.isArray(raw)) result.records = raw;
  else result.affected = (raw as { readonly affectedRows?: number }).affectedRows;
  return result;
}
