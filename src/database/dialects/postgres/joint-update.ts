import type { DataSource, QueryRunner } from 'typeorm';
import { runPrepared } from './prepared-statements.js';

/** An update of one row by its id, as TypeORM writes it. */
const BY_ID =
  /^UPDATE (?<table>.+?) SET (?<values>.+?) WHERE "id" = \$(?<id>\d+) AND (?<rest>.+)$/s;

/** By the update of one row. */
const joints = new Map<string, string>();

/**
 * Runs the update for several rows in one statement, each with its own values. It waits for no row, so that a locked one
 * delays only its own request and no deadlock arises.
 *
 * @param rows the parameters for each row
 * @returns for each row whether it was changed
 */
export async function updateJointly(
  dataSource: DataSource,
  runner: QueryRunner,
  text: string,
  rows: readonly (readonly unknown[])[],
): Promise<boolean[]> {
  const columns = (rows[0] ?? []).map((_, index) => rows.map((values) => values[index]));
  const joint = joints.get(text) ?? jointText(text, columns);
  joints.set(text, joint);
  const { records } = await runPrepared<{ row: string }>(dataSource, runner, joint, columns);
  const changed = new Set(records.map(({ row }) => Number(row)));
  return rows.map((_, index) => changed.has(index + 1));
}

function jointText(text: string, columns: readonly (readonly unknown[])[]): string {
  const { table, values = '', id, rest = '' } = BY_ID.exec(text)?.groups ?? {};
  if (table === undefined) throw new Error(`not an update of one row: ${text}`);
  const types = columns.map(([value]) => (typeof value === 'number' ? 'bigint' : 'text'));
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  const names = types.map((_, index) => `p${index + 1}`).join(', ');
  return `WITH free AS MATERIALIZED
    (SELECT "id" FROM ${table} WHERE "id" = ANY($${id}) FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE ${table} SET ${ofRow(values)}
    FROM unnest(${arrays}) WITH ORDINALITY AS given(${names}, row)
    WHERE "id" = given.p${id} AND ${ofRow(rest)} AND "id" IN (SELECT "id" FROM free)
    RETURNING given.row`;
}

function ofRow(sql: string): string {
  return sql.replaceAll(/\$(\d+)/g, 'given.p$1');
}
