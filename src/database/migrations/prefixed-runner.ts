import { Table, TableForeignKey, TableIndex, type QueryRunner } from 'typeorm';
import { dataSourceOf } from '../data-source-of.js';

const MAX_NAME_BYTES = 63;
/** The sequence of a table's numbers has the longest name that begins with that of a table. */
const LONGEST_NAME = 'webhook_deliveries_number_seq'.length;

type Method = (...args: never[]) => unknown;

/** The methods of a query runner that migrations use. */
type MigrationRunner = Pick<
  QueryRunner,
  | 'addColumn'
  | 'changeColumn'
  | 'createForeignKey'
  | 'createIndex'
  | 'createTable'
  | 'dropColumn'
  | 'dropForeignKey'
  | 'dropIndex'
  | 'dropTable'
  | 'query'
>;

/**
 * A query runner that adds a prefix to the names of Gatehouse's tables, indexes and foreign keys, so that a migration
 * is written once. If a migration needs another method, it must be added here first.
 *
 * The host's own `entityPrefix` goes before the names of tables, as it does with its entities.
 *
 * @throws Error when both together are too long
 */
export function prefixedRunner(runner: QueryRunner, prefix: string): QueryRunner {
  const tables = (dataSourceOf(runner).options.entityPrefix ?? '') + prefix;
  assertFits(tables);
  const prefixed: Record<keyof MigrationRunner, Method> = {
    createTable: (table: Table) => runner.createTable(prefixedTable(table, prefix, tables)),
    dropTable: (table: string) => runner.dropTable(tables + table),
    addColumn: (table: string, ...rest: Rest<'addColumn'>) =>
      runner.addColumn(tables + table, ...rest),
    changeColumn: (table: string, ...rest: Rest<'changeColumn'>) =>
      runner.changeColumn(tables + table, ...rest),
    dropColumn: (table: string, ...rest: Rest<'dropColumn'>) =>
      runner.dropColumn(tables + table, ...rest),
    createIndex: (table: string, index: TableIndex) =>
      runner.createIndex(tables + table, prefixedIndex(index, prefix)),
    dropIndex: (table: string, name: string) => runner.dropIndex(tables + table, prefix + name),
    createForeignKey: (table: string, key: TableForeignKey) =>
      runner.createForeignKey(tables + table, prefixedKey(key, prefix, tables)),
    dropForeignKey: (table: string, name: string) =>
      runner.dropForeignKey(tables + table, prefix + name),
    query: (sql: string, parameters?: unknown[]) =>
      runner.query(
        sql.replaceAll(
          /\b(FROM|INTO|UPDATE|JOIN) (\w+)/g,
          (_, verb: string, table: string) => `${verb} ${escapedPath(runner, tables + table)}`,
        ),
        parameters,
      ),
  };
  return new Proxy(runner, {
    get(target, name) {
      if (Object.hasOwn(prefixed, name)) return prefixed[name as keyof MigrationRunner];
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      throw new Error(`prefixedRunner does not know ${String(name)} yet`);
    },
  });
}

/** PostgreSQL cuts names after 63 bytes without an error: two tables could then have the same name. */
function assertFits(tables: string): void {
  if (Buffer.byteLength(tables) <= MAX_NAME_BYTES - LONGEST_NAME) return;
  const most = MAX_NAME_BYTES - LONGEST_NAME;
  throw new Error(`entityPrefix and tablePrefix must have at most ${most} bytes together`);
}

/** The table in the schema of the DataSource; quoted, because PostgreSQL folds other names to lower case. */
function escapedPath(runner: QueryRunner, table: string): string {
  const { driver } = dataSourceOf(runner);
  return driver
    .buildTableName(table, driver.schema)
    .split('.')
    .map((part) => driver.escape(part))
    .join('.');
}

type Rest<Name extends 'addColumn' | 'changeColumn' | 'dropColumn'> =
  Parameters<QueryRunner[Name]> extends [unknown, ...infer Others] ? Others : never;

function prefixedTable(table: Table, prefix: string, tables: string): Table {
  const copy = table.clone();
  copy.name = tables + table.name;
  copy.indices = table.indices.map((index) => prefixedIndex(index, prefix));
  copy.foreignKeys = table.foreignKeys.map((key) => prefixedKey(key, prefix, tables));
  return copy;
}

function prefixedIndex(index: TableIndex, prefix: string): TableIndex {
  const copy = index.clone();
  if (index.name !== undefined) copy.name = prefix + index.name;
  return copy;
}

function prefixedKey(key: TableForeignKey, prefix: string, tables: string): TableForeignKey {
  const copy = key.clone();
  if (key.name !== undefined) copy.name = prefix + key.name;
  copy.referencedTableName = tables + key.referencedTableName;
  return copy;
}
