import type { EntityManager, ObjectLiteral, QueryBuilder } from 'typeorm';
import { dataSourceOf } from './data-source-of.js';
import { dialectOf } from './dialects/dialect-of.js';
import type { StatementResult } from './dialects/dialect.js';

type Placeholder<Name> = { readonly name: Name } | { readonly constant: unknown };

/** The text of a statement with open parameters, taken from a query builder once. */
export class CompiledStatement<Name extends string> {
  private readonly sql: string;
  private readonly placeholders: readonly Placeholder<Name>[];

  /** @param names the parameters that stay open; the query's other parameters keep their values */
  constructor(query: QueryBuilder<ObjectLiteral>, names: readonly Name[]) {
    // Each open parameter gets its name as a marker value, which identifies it in the parameter list.
    const byMark = new Map(names.map((name) => [`:${name}`, name]));
    query.setParameters(Object.fromEntries([...byMark].map(([mark, name]) => [name, mark])));
    const [sql, values] = query.getQueryAndParameters();
    this.sql = sql;
    this.placeholders = (values as unknown[]).map((value) => {
      const name = byMark.get(value as string);
      return name === undefined ? { constant: value } : { name };
    });
  }

  /** @param manager the manager of a unit of work */
  run<Row>(
    manager: EntityManager,
    parameters: Readonly<Record<Name, string | number>>,
  ): Promise<StatementResult<Row>> {
    const { queryRunner } = manager;
    if (!queryRunner) throw new Error('a compiled statement runs within a unit of work');
    const values = this.valuesOf(parameters);
    const dataSource = dataSourceOf(manager);
    const dialect = dialectOf(dataSource);
    return dialect.runPrepared
      ? dialect.runPrepared(dataSource, queryRunner, this.sql, values)
      : queryRunner.query(this.sql, values, true);
  }

  /** Runs an update for several rows at once, where the dialect can. */
  runJointly(
    manager: EntityManager,
    rows: readonly Readonly<Record<Name, string | number>>[],
  ): Promise<boolean[]> {
    const { queryRunner } = manager;
    const dataSource = dataSourceOf(manager);
    const dialect = dialectOf(dataSource);
    if (!queryRunner || !dialect.updateJointly) throw new Error('rows are updated one by one here');
    const values = rows.map((row) => this.valuesOf(row));
    return dialect.updateJointly(dataSource, queryRunner, this.sql, values);
  }

  /** The parameters of the statement, in order. */
  private valuesOf(parameters: Readonly<Record<Name, string | number>>): unknown[] {
    return this.placeholders.map((each) =>
      'name' in each ? parameters[each.name] : each.constant,
    );
  }
}
