import type { DataSource, EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { CompiledStatement } from './compiled-statement.js';
import type { StatementResult } from './dialects/dialect.js';
import type { Alias } from 'typeorm/query-builder/Alias.js';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { DriverUtils } from 'typeorm/driver/DriverUtils.js';
import { dataSourceOf } from './data-source-of.js';

type Row = Readonly<Record<string, unknown>>;
type Build<T extends ObjectLiteral> = (manager: EntityManager) => SelectQueryBuilder<T>;

interface Part {
  /** Property of the main entity that holds this one; `undefined`: it is the main entity. */
  readonly property: string | undefined;
  readonly idColumn: string;
  readonly make: () => ObjectLiteral;
  readonly columns: readonly { readonly raw: string; readonly column: ColumnMetadata }[];
}

interface Compiled {
  /** Statements by the number of their keys. */
  readonly statements: Map<number, StatementForKeys>;
  readonly parts: readonly Part[];
  /** The name of the key column in a raw row. */
  readonly keyColumn: string;
  /** A row with an empty text in each column. */
  readonly blank: Row;
}

/**
 * A look-up of one entity by one column, with other entities joined one to one, whose statement is built once.
 *
 * TypeORM needs many times as long to build a statement and to hydrate its rows as the database needs to answer. This
 * class takes the statement from a query builder once, and hydrates rows itself. It supports plain columns of the main
 * entity and of entities joined directly to it.
 *
 * @example
 * const byId = new CompiledLookUp('user.id', (manager) => manager.createQueryBuilder(User, 'user'));
 * await byId.findOne(manager, id);
 */
export class CompiledLookUp<T extends ObjectLiteral> {
  private readonly compiled = new WeakMap<DataSource, Compiled>();

  /**
   * @param by the unique column to look up by, as `alias.property`
   * @param build the query without the condition on that column
   */
  constructor(
    private readonly by: string,
    private readonly build: Build<T>,
  ) {}

  async findOne(manager: EntityManager, key: string): Promise<T | null> {
    const [found] = await this.find(manager, [key]);
    return found ?? null;
  }

  /**
   * @param keys at least one
   * @returns the entity of each key, in the order of the keys; `undefined` where there is none
   */
  async find(manager: EntityManager, keys: readonly string[]): Promise<(T | undefined)[]> {
    const { parts, keyColumn, blank } = this.compiledFor(manager);
    const different = [...new Set(keys)];
    const statement = this.statementFor(manager, different.length);
    const { records } = await statement.runFor(manager, different);
    const rows = new Map(records.map((row) => [row[keyColumn] as string, row]));
    // Each gets its own entity, even if a key occurs twice.
    return keys.map((key) => {
      const row = rows.get(key);
      // Hydrated for nothing where there is none, so that the time does not show whether a key exists (S-19, S-23).
      const entity = hydrate(row ?? blank, parts, dataSourceOf(manager)) as T;
      return row && entity;
    });
  }

  private statementFor(manager: EntityManager, count: number): StatementForKeys {
    const { statements } = this.compiledFor(manager);
    // Sizes are rounded up to powers of two, to prepare few statements; the last key fills the rest.
    const size = 2 ** Math.ceil(Math.log2(count));
    let statement = statements.get(size);
    if (!statement) {
      const query = this.build(manager) as SelectQueryBuilder<ObjectLiteral>;
      statement = new StatementForKeys(query, this.by, size);
      statements.set(size, statement);
    }
    return statement;
  }

  private compiledFor(manager: EntityManager): Compiled {
    const known = this.compiled.get(dataSourceOf(manager));
    if (known) return known;
    const compiled = this.compile(manager);
    this.compiled.set(dataSourceOf(manager), compiled);
    return compiled;
  }

  private compile(manager: EntityManager): Compiled {
    const query = this.build(manager);
    const { mainAlias, joinAttributes } = query.expressionMap;
    if (!mainAlias) throw new Error('a look-up needs a main entity');
    const joined = joinAttributes.map(({ alias, mapToPropertyPropertyName, relation }) =>
      partOf(alias, query, mapToPropertyPropertyName ?? relation?.propertyName),
    );
    const main = partOf(mainAlias, query, undefined);
    const key = main.columns.find(
      ({ column }) => `${mainAlias.name}.${column.propertyName}` === this.by,
    );
    if (!key) throw new Error(`${this.by} is no column of the main entity`);
    const parts = [main, ...joined];
    const names = parts.flatMap(({ columns }) => columns.map(({ raw }) => raw));
    return {
      statements: new Map(),
      parts,
      keyColumn: key.raw,
      blank: Object.fromEntries(names.map((name) => [name, ''])),
    };
  }
}

/** A statement that takes up to `size` keys. */
class StatementForKeys extends CompiledStatement<string> {
  private readonly names: readonly string[];

  constructor(query: SelectQueryBuilder<ObjectLiteral>, by: string, size: number) {
    const names = Array.from({ length: size }, (_, index) => `key${index}`);
    const places = names.map((name) => `:${name}`).join(', ');
    super(query.andWhere(size === 1 ? `${by} = ${places}` : `${by} IN (${places})`), names);
    this.names = names;
  }

  runFor(manager: EntityManager, keys: readonly string[]): Promise<StatementResult<Row>> {
    const last = keys.at(-1) ?? '';
    return this.run<Row>(
      manager,
      Object.fromEntries(this.names.map((name, index) => [name, keys[index] ?? last])),
    );
  }
}

function partOf<T extends ObjectLiteral>(
  { name, metadata }: Alias,
  query: SelectQueryBuilder<T>,
  property: string | undefined,
): Part {
  const [id] = metadata.primaryColumns;
  if (!id || metadata.primaryColumns.length > 1) throw new Error(`${name} has no single id`);
  const raw = ({ databaseName }: ColumnMetadata) =>
    DriverUtils.buildAlias(dataSourceOf(query).driver, undefined, name, databaseName);
  return {
    property,
    idColumn: raw(id),
    make: () => metadata.create() as ObjectLiteral,
    columns: metadata.columns.map((column) => ({ raw: raw(column), column })),
  };
}

function hydrate(row: Row, parts: readonly Part[], { driver }: DataSource): ObjectLiteral {
  const [main, ...joined] = parts.map(({ idColumn, make, columns }) => {
    if ((row[idColumn] ?? null) === null) return null;
    const entity = make();
    for (const { raw, column } of columns) {
      const value = row[raw];
      // Columns that were not selected are left out, as in TypeORM.
      if (value !== undefined) {
        entity[column.propertyName] = driver.prepareHydratedValue(value, column) as unknown;
      }
    }
    return entity;
  });
  if (!main) throw new Error('a row without an id');
  for (const [index, entity] of joined.entries()) {
    const { property } = parts[index + 1] as Part;
    if (property !== undefined) main[property] = entity;
  }
  return main;
}
