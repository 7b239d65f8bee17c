import type { EntityManager, ObjectLiteral, QueryBuilder } from 'typeorm';

type Placeholder<Name> = { readonly name: Name } | { readonly constant: unknown };

/** What TypeORM's `QueryResult` has on every version. */
export interface StatementResult<Row> {
  readonly records: readonly Row[];
  readonly affected?: number | null;
}

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
    return queryRunner.query(this.sql, values, true);
  }

  /** The parameters of the statement, in order. */
  private valuesOf(parameters: Readonly<Record<Name, string | number>>): unknown[] {
    return this.placeholders.map((each) =>
      'name' in each ? parameters[each.name] : each.constant,
    );
  }
}
