import type { EntitySchema, QueryRunner, TableColumnOptions } from 'typeorm';
import { ENTITIES } from './entities.js';
import { entitySchemaOf } from './entity-schema.js';
import { prefixMark, prefixTablesOf } from './entity-tables.js';
import { ID_LENGTH, portableColumns } from './migrations/columns.js';
import { MIGRATIONS } from './migrations/index.js';
import { prefixedRunner } from './migrations/prefixed-runner.js';
import { resumableMigration, type MigrationClass } from './migrations/resumable-migration.js';

/** Options of the table names in a host's database. */
export interface TableOptions {
  /**
   * Prefix for the names of Gatehouse's tables, indexes and foreign keys: letters, digits and `_`. For a host that has
   * its own table `users` or `accounts`. It must be the same for entities and migrations, and must never change.
   */
  readonly tablePrefix?: string;
}

type EntityClass = new () => object;

/**
 * Gatehouse's entities, for the host's DataSource.
 *
 * @example new DataSource({ entities: [Order, ...gatehouseEntities()], … })
 * @throws Error for a prefix of wrong form
 * @public
 */
export function gatehouseEntities({ tablePrefix = '' }: TableOptions = {}): (
  EntityClass | EntitySchema
)[] {
  assertPrefix(tablePrefix);
  prefixTablesOf(ENTITIES);
  // TypeORM connects classes only with classes, and schemas only with schemas: a host's entities may be either.
  return [
    ...(tablePrefix === '' ? [] : [prefixMark(tablePrefix)]),
    ...ENTITIES,
    ...ENTITIES.map((entity) => entitySchemaOf(entity, tablePrefix)),
  ];
}

/**
 * Gatehouse's migrations, to run beside the host's own; they are named `Gatehouse…`, so that they never collide.
 *
 * @example new DataSource({ migrations: [...gatehouseMigrations(), CreateOrders1764200000000], … })
 * @throws Error for a prefix of wrong form
 * @public
 */
export function gatehouseMigrations({ tablePrefix = '' }: TableOptions = {}): MigrationClass[] {
  assertPrefix(tablePrefix);
  return MIGRATIONS.map((migration) =>
    resumableMigration(migration, {
      // Two Gatehouses in one database have separate histories.
      name: `Gatehouse${tablePrefix}${migration.name}`,
      adapt: (runner) => prefixedRunner(runner, tablePrefix),
      isTolerant: true,
    }),
  );
}

/**
 * Makes the host's own migrations resumable, like Gatehouse's: they may be interrupted at any statement and run again.
 * MySQL and MariaDB commit every change of the schema at once, so without this the next attempt fails at existing
 * changes.
 *
 * Each step runs once: a change of the schema is a step of its own; changes of rows between two such steps form one
 * transaction. A change that an earlier attempt made returns nothing to the migration, and a migration must not roll
 * back by itself.
 *
 * @example new DataSource({ migrations: [...gatehouseMigrations(), ...resumableMigrations(CreateOrders1764200000000)], … })
 * @public
 */
export function resumableMigrations(...migrations: MigrationClass[]): MigrationClass[] {
  return migrations.map((each) => resumableMigration(each, { name: new each().name ?? each.name }));
}

/**
 * A column for the id of an account, user, role or API key, in an entity of the host. The foreign key of its relation
 * needs the type, and on MariaDB and MySQL the character set and collation, of the id; the latter two are added when
 * TypeORM has built the entities.
 *
 * @example
 * `@Column(gatehouseIdColumn('account_id')) accountId!: string;`
 * @public
 */
export function gatehouseIdColumn(name: string): IdColumnOptions;
/**
 * The same in a migration of the host.
 *
 * @example
 * columns: [{ ...gatehouseIdColumn(runner, 'account_id'), isNullable: false }],
 * foreignKeys: [{ columnNames: ['account_id'], referencedTableName: 'accounts', … }]
 * @public
 */
export function gatehouseIdColumn(runner: QueryRunner, name: string): TableColumnOptions;
export function gatehouseIdColumn(
  first: QueryRunner | string,
  name = '',
): IdColumnOptions | TableColumnOptions {
  if (typeof first !== 'string') return portableColumns(first).reference(name);
  return { name: first, type: 'varchar', length: ID_LENGTH };
}

/**
 * The options of a column that refers to an id of Gatehouse, for `@Column`, `@PrimaryColumn` and `EntitySchema`.
 *
 * @public
 */
export interface IdColumnOptions {
  readonly name: string;
  readonly type: 'varchar';
  readonly length: number;
}

/** The limit leaves room for Gatehouse's longest name within PostgreSQL's 63 bytes. */
function assertPrefix(tablePrefix: string): void {
  if (/^(?:[A-Za-z_]\w{0,19})?$/.test(tablePrefix)) return;
  throw new Error('tablePrefix must be up to 20 letters, digits and _, the first no digit');
}
