import { QueryResult, type EntityManager, type QueryRunner } from 'typeorm';
import { Table, TypeORMError } from 'typeorm';
import { dataSourceOf } from '../../data-source-of.js';
import { stepName, type MigrationProgress } from './migration-progress.js';
import { isSameTable } from './same-table.js';
import { kindOf } from './statements.js';

/** Methods that change the schema; TypeORM can list the statements of each without sending them. */
const SCHEMA_METHODS = [
  'addColumn',
  'addColumns',
  'changeColumn',
  'changeColumns',
  'changeTableComment',
  'createCheckConstraint',
  'createCheckConstraints',
  'createDatabase',
  'createExclusionConstraint',
  'createExclusionConstraints',
  'createForeignKey',
  'createForeignKeys',
  'createIndex',
  'createIndices',
  'createPrimaryKey',
  'createSchema',
  'createTable',
  'createUniqueConstraint',
  'createUniqueConstraints',
  'createView',
  'dropCheckConstraint',
  'dropCheckConstraints',
  'dropColumn',
  'dropColumns',
  'dropDatabase',
  'dropExclusionConstraint',
  'dropExclusionConstraints',
  'dropForeignKey',
  'dropForeignKeys',
  'dropIndex',
  'dropIndices',
  'dropPrimaryKey',
  'dropSchema',
  'dropTable',
  'dropUniqueConstraint',
  'dropUniqueConstraints',
  'dropView',
  'renameColumn',
  'renameTable',
  'updatePrimaryKeys',
] as const satisfies readonly (keyof QueryRunner)[];

const schemaMethods: ReadonlySet<unknown> = new Set(SCHEMA_METHODS);

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * A query runner for a migration on MySQL or MariaDB that may be interrupted anywhere and run again (S-203): it skips
 * the steps of an earlier attempt, and runs the changes of rows between two changes of the schema in one transaction.
 *
 * @param isTolerant treats a change that exists without recorded progress as done: an older release recorded none
 */
export function resumableRunner(
  runner: QueryRunner,
  progress: MigrationProgress,
  isTolerant: boolean,
): QueryRunner {
  const query = async (sql: string, parameters?: unknown[], isStructured = false) => {
    const send = () =>
      isStructured ? runner.query(sql, parameters, true) : runner.query(sql, parameters);
    const kind = kindOf(sql);
    if (kind === 'read') return send();
    const step = stepName('query', kind === 'rows' ? [sql] : [sql, parameters]);
    if (progress.takeDone(step)) return skipped(isStructured);
    if (kind === 'rows') return progress.runInTransaction(step, send);
    await progress.run(step, [{ query: sql, parameters }], isTolerant);
    return skipped(isStructured);
  };

  const change = async (name: (typeof SCHEMA_METHODS)[number], args: unknown[]): Promise<void> => {
    const step = stepName(name, args);
    if (progress.takeDone(step)) return;
    if (name === 'createTable') await assertOurs(runner, args);
    const method = runner[name].bind(runner) as Method;
    const statements = await statementsOf(runner, () => method(...args)).catch((error: unknown) => {
      // TypeORM looks for the object to drop, and throws if it does not exist.
      if (isTolerant && name.startsWith('drop') && error instanceof TypeORMError) return [];
      throw error;
    });
    await progress.run(step, statements, isTolerant || name === 'createTable');
  };

  let manager: EntityManager | undefined;
  const resumable: QueryRunner = new Proxy(runner, {
    get(target, name) {
      if (name === 'query') return query;
      if (name === 'clearTable')
        return (table: string) => query(`TRUNCATE TABLE ${escaped(runner, table)}`);
      if (name === 'manager')
        return (manager ??= dataSourceOf(runner).createEntityManager(resumable));
      // Changes of rows are in a transaction anyway, and it must not end without their progress.
      if (name === 'isTransactionActive') return true;
      if (name === 'startTransaction' || name === 'commitTransaction')
        return () => Promise.resolve();
      if (name === 'rollbackTransaction') return () => Promise.reject(new Error(NO_ROLLBACK));
      if (schemaMethods.has(name)) {
        return (...args: unknown[]) => change(name as (typeof SCHEMA_METHODS)[number], args);
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return resumable;
}

const NO_ROLLBACK = 'a migration that can be resumed does not roll back by itself: let it fail';

/** The statements that a method would send. */
async function statementsOf(runner: QueryRunner, call: () => Promise<unknown>) {
  runner.enableSqlMemory();
  try {
    await call();
    return runner.getMemorySql().upQueries.map(({ query, parameters }) => ({ query, parameters }));
  } finally {
    runner.disableSqlMemory();
  }
}

/** An existing table of this name, without recorded progress, must be the migration's table and not a foreign one. */
async function assertOurs(runner: QueryRunner, [table, ifNotExists]: unknown[]): Promise<void> {
  if (!(table instanceof Table) || ifNotExists === true) return;
  const existing = await runner.getTable(table.name);
  if (!existing || isSameTable(existing, table)) return;
  throw new Error(
    `Table '${table.name}' already exists and is not the one that the migration makes`,
  );
}

/** The result of a statement that an earlier attempt has run. */
function skipped(isStructured: boolean): unknown {
  const raw = { affectedRows: 0, insertId: 0 };
  return isStructured ? Object.assign(new QueryResult(), { raw, affected: 0 }) : raw;
}

function escaped(runner: QueryRunner, table: string): string {
  const { driver } = dataSourceOf(runner);
  return table
    .split('.')
    .map((part) => driver.escape(part))
    .join('.');
}
