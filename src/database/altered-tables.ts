import { TableForeignKey, TableIndex, type EntityMetadata, type QueryRunner } from 'typeorm';
import { StartError } from '../common/errors/start.error.js';
import { dataSourceOf } from './data-source-of.js';
import { dialectOf } from './dialects/dialect-of.js';

/**
 * Checks that nothing but our migrations has changed what our rules rest on (S-209): unique keys, foreign keys, types,
 * and the comparison of text byte by byte. An earlier `synchronize` may have dropped or altered them.
 *
 * @throws StartError with the statement that mends it
 */
export async function assertUnaltered(
  runner: QueryRunner,
  entities: readonly EntityMetadata[],
): Promise<void> {
  const tables = await runner.getTables(entities.map(({ tablePath }) => tablePath));
  const dataSource = dataSourceOf(runner);
  const dialect = dialectOf(dataSource);
  for (const entity of entities) {
    const path = entity.tablePath;
    const table = tables.find(({ name }) => nameOf(name) === nameOf(path));
    if (!table) throw new StartError(`the table ${path} cannot be read`);

    for (const { name, columns } of entity.indices.filter(({ isUnique }) => isUnique)) {
      const columnNames = columns.map(({ databaseName }) => databaseName);
      const isThere = [...table.indices.filter(({ isUnique }) => isUnique), ...table.uniques].some(
        // On PostgreSQL, TypeORM reads the columns of an index in any order.
        (each) => isSame(each.columnNames.toSorted(), columnNames.toSorted()),
      );
      if (isThere) continue;
      const index = new TableIndex({ name, columnNames, isUnique: true });
      await refuse(runner, `${path} has no unique key on ${columnNames.join(', ')}`, () =>
        runner.createIndex(table, index),
      );
    }

    for (const key of entity.foreignKeys) {
      const { columnNames, referencedColumnNames, referencedTablePath, onDelete } = key;
      const isThere = table.foreignKeys.some(
        (each) =>
          isSame(each.columnNames, columnNames) &&
          nameOf(each.referencedTableName) === nameOf(referencedTablePath) &&
          each.onDelete === onDelete,
      );
      if (isThere) continue;
      const wanted = new TableForeignKey({
        ...(key.name !== undefined && { name: key.name }),
        columnNames,
        referencedColumnNames,
        referencedTableName: referencedTablePath,
        ...(onDelete && { onDelete }),
      });
      const fault = `${path} has no foreign key on ${columnNames.join(', ')} to ${referencedTablePath} with ON DELETE ${onDelete ?? 'NO ACTION'}`;
      await refuse(runner, fault, () => runner.createForeignKey(table, wanted));
    }

    const folding = new Set((await dialect.foldingColumns?.(runner, path)) ?? []);
    for (const column of entity.columns) {
      const { databaseName: name, length } = column;
      const found = table.columns.find((each) => each.name === name);
      if (!found) throw new StartError(`${path} has no column ${name}: run the migrations`);
      const type = dataSource.driver.normalizeType(column);
      const isShort = found.length !== '' && Number(found.length) < Number(length);
      if (found.type === type && !isShort && !folding.has(name)) continue;
      const kind = `${type}${length ? `(${length})` : ''}`;
      const isId = column.isPrimary || column.referencedColumn !== undefined;
      const mending = dialect.mendColumn?.(
        escaped(runner, path),
        dataSource.driver.escape(name),
        kind,
        { isText: type.includes('char'), isId, isNullable: column.isNullable },
      );
      const fault = folding.has(name)
        ? `${path}.${name} does not compare text byte by byte`
        : `${path}.${name} is ${found.type}${found.length === '' ? '' : `(${found.length})`}`;
      throw new StartError(`${fault}${BY_OTHERS}: ${mending ?? `make it ${kind} again`}`);
    }
  }
}

const BY_OTHERS =
  ', which no migration of Gatehouse made so (was it synchronize?); mend it while nothing uses the table';

/** Lets TypeORM write the statements that would make what is missing. */
async function refuse(
  runner: QueryRunner,
  fault: string,
  mend: () => Promise<unknown>,
): Promise<never> {
  runner.enableSqlMemory();
  let statements: string[];
  try {
    await mend();
    statements = runner.getMemorySql().upQueries.map(({ query }) => query);
  } finally {
    runner.disableSqlMemory();
  }
  const mending = dialectOf(dataSourceOf(runner)).mendTable?.(statements) ?? statements;
  throw new StartError(`${fault}${BY_OTHERS}: ${mending.join('; ')}`);
}

/** The name of a table without its database or schema; some servers fold its case. */
function nameOf(path: string): string | undefined {
  return path.split('.').at(-1)?.toLowerCase();
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

function escaped(runner: QueryRunner, path: string): string {
  const { driver } = dataSourceOf(runner);
  return path
    .split('.')
    .map((part) => driver.escape(part))
    .join('.');
}
