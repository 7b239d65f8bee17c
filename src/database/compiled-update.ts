import type { DataSource, EntityManager, ObjectLiteral, UpdateQueryBuilder } from 'typeorm';
import { CompiledStatement } from './compiled-statement.js';
import { dataSourceOf } from './data-source-of.js';

type Parameters<Name extends string> = Readonly<Record<Name, string | number>>;

/** An update of one row, with its parameters. */
export interface RowChange {
  readonly update: CompiledUpdate;
  readonly parameters: Parameters<string>;
}

/**
 * An update whose statement is built once; see {@link CompiledLookUp}. Values to set are written as
 * `() => ':name'`. The host's entity subscribers are not called.
 */
export class CompiledUpdate<Name extends string = string> {
  private readonly compiled = new WeakMap<DataSource, CompiledStatement<Name>>();

  /**
   * @param names the parameters that the update leaves open
   * @param build the update, without values for these parameters
   */
  constructor(
    private readonly names: readonly Name[],
    private readonly build: (manager: EntityManager) => UpdateQueryBuilder<ObjectLiteral>,
  ) {}

  /** @returns how many rows it matched */
  async run(manager: EntityManager, parameters: Parameters<Name>): Promise<number> {
    const { affected } = await this.compiledFor(manager).run(manager, parameters);
    return affected ?? 0;
  }

  /** As {@link Dialect.updateJointly}, where the engine has it. */
  runJointly(manager: EntityManager, rows: readonly Parameters<Name>[]): Promise<boolean[]> {
    return this.compiledFor(manager).runJointly(manager, rows);
  }

  private compiledFor(manager: EntityManager): CompiledStatement<Name> {
    const known = this.compiled.get(dataSourceOf(manager));
    if (known) return known;
    const compiled = new CompiledStatement(this.build(manager), this.names);
    this.compiled.set(dataSourceOf(manager), compiled);
    return compiled;
  }
}
