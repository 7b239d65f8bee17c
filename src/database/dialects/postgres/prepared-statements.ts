import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { QueryRunnerAlreadyReleasedError, type DataSource, type QueryRunner } from 'typeorm';
import type { StatementResult } from '../dialect.js';

/**
 * The session does not have the statement (26000), or already has it (42P05): a pooler gave the connection another
 * session. Or its columns have other types since a migration (0A000). The server has executed nothing.
 */
const UNUSABLE: ReadonlySet<unknown> = new Set(['26000', '42P05', '0A000']);

/** DataSources whose sessions do not keep statements, as behind PgBouncer before 1.21 in transaction mode. */
const unpreparable = new WeakSet<DataSource>();
const names = new Map<string, string>();

/** Runs a statement that the server parses and plans once for each session: that takes longer than to execute it. */
export async function runPrepared<Row>(
  dataSource: DataSource,
  runner: QueryRunner,
  text: string,
  values: unknown[],
): Promise<StatementResult<Row>> {
  const runUnprepared = (): Promise<StatementResult<Row>> => runner.query(text, values, true);
  // An error would abort the whole transaction.
  if (runner.isTransactionActive || unpreparable.has(dataSource)) return runUnprepared();
  // As TypeORM's own queries: a runner that was released must not take another connection.
  if (runner.isReleased) throw new QueryRunnerAlreadyReleasedError();
  const client = (await runner.connect()) as ClientBase;
  void dataSource.logger.logQuery(text, values, runner);
  try {
    const { rows, rowCount } = await client.query<Row & object>({
      name: nameOf(text),
      text,
      values,
    });
    return { records: rows, affected: rowCount ?? 0 };
  } catch (error) {
    if (!UNUSABLE.has((error as { code?: unknown }).code)) throw error;
    unpreparable.add(dataSource);
    return runUnprepared();
  }
}

/** Behind a pooler, sessions are shared with other services: a name stands for the same text everywhere. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `gatehouse_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
    names.set(text, name);
  }
  return name;
}
