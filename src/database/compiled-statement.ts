import type { QueryBuilder, ObjectLiteral } from 'typeorm';

type Placeholder<Name> = { readonly name: Name } | { readonly constant: unknown };

/** The text of a statement with open parameters, taken from a query builder once. */
export class CompiledStatement<Name extends string> {
  readonly sql: string;
  private readonly placeholders: readonly Placeholder<Name>[];

  /** @param names of the parameters that stay open; what else the query has been given is part of it */
  constructor(query: QueryBuilder<ObjectLiteral>, names: readonly Name[]) {
    // Each is given its own name in a form that no value of ours has, and found again by it.
    const byMark = new Map(names.map((name) => [`:${name}`, name]));
    query.setParameters(Object.fromEntries([...byMark].map(([mark, name]) => [name, mark])));
    const [sql, values] = query.getQueryAndParameters();
    this.sql = sql;
    this.placeholders = (values as unknown[]).map((value) => {
      const name = byMark.get(value as string);
      return name === undefined ? { constant: value } : { name };
    });
  }

  /** What goes with the text, in its order. */
  values(parameters: Readonly<Record<Name, string | number>>): unknown[] {
    return this.placeholders.map((each) =>
      'name' in each ? parameters[each.name] : each.constant,
    );
  }
}
