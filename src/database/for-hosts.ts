import type { EntitySchema, QueryRunner, TableColumnOptions } from 'typeorm';
import { ENTITIES } from './entities.js';
import { portableColumns } from './migrations/columns.js';
import { MIGRATIONS } from './migrations/index.js';
import { prefixedRunner } from './migrations/prefixed-runner.js';
import { resumableMigration, type MigrationClass } from './migrations/resumable-migration.js';
import { prefixedEntity } from './prefixed-entity.js';

/** Names in the host's database. */
export interface TableOptions {
  /**
   * Before the names of our tables, indexes and foreign keys: letters, digits and `_`. For a host that has a
   * table `users` or `accounts` of its own. The same for entities and migrations, and for good.
   */
  readonly tablePrefix?: string;
}

type EntityClass = new () => object;

/**
 * Our entities, for the host's DataSource.
 *
 * @example new DataSource({ entities: [Order, ...gatehouseEntities()], … })
 * @throws Error for a prefix of wrong form
 * @public
 */
export function gatehouseEntities({ tablePrefix = '' }: TableOptions = {}): (
  EntityClass | EntitySchema
)[] {
  assertPrefix(tablePrefix);
  if (tablePrefix === '') return [...ENTITIES];
  return ENTITIES.map((entity) => prefixedEntity(entity, tablePrefix));
}

/**
 * Our migrations, to run beside the host's own: named `Gatehouse…`, so that they never collide with those.
 *
 * @example new DataSource({ migrations: [...gatehouseMigrations(), CreateOrders1764200000000], … })
 * @throws Error for a prefix of wrong form
 * @public
 */
export function gatehouseMigrations({ tablePrefix = '' }: TableOptions = {}): MigrationClass[] {
  assertPrefix(tablePrefix);
  return MIGRATIONS.map((migration) =>
    resumableMigration(migration, {
      // Two Gatehouses in one database are two histories.
      name: `Gatehouse${tablePrefix}${migration.name}`,
      adapt: (runner) => prefixedRunner(runner, tablePrefix),
      isTolerant: true,
    }),
  );
}

/**
 * Migrations of the host's own that may be cut off at any statement and run again, as ours may: MySQL and MariaDB
 * commit every change of the schema at once, and without this the next attempt fails at what is there already.
 *
 * Steps are taken to be done once: what changes the schema by a step of its own, what changes rows together with the
 * other changes of rows between two such steps. A change that was made in an earlier attempt returns nothing to the
 * migration, and a migration does not roll back by itself.
 *
 * @example new DataSource({ migrations: [...gatehouseMigrations(), ...resumableMigrations(CreateOrders1764200000000)], … })
 * @public
 */
export function resumableMigrations(...migrations: MigrationClass[]): MigrationClass[] {
  return migrations.map((each) => resumableMigration(each, { name: new each().name ?? each.name }));
}

/**
 * A column for the id of an account, user, role or API key in a host's migration: a foreign key must have the
 * type, character set and collation of what it refers to.
 *
 * @example
 * columns: [{ ...gatehouseIdColumn(runner, 'account_id'), isNullable: false }],
 * foreignKeys: [{ columnNames: ['account_id'], referencedTableName: 'accounts', … }]
 * @public
 */
export function gatehouseIdColumn(runner: QueryRunner, name: string): TableColumnOptions {
  return portableColumns(runner).ascii(name, 36);
}

/** As short as MariaDB's 64 characters for a name allow beside the longest of ours. */
function assertPrefix(tablePrefix: string): void {
  if (/^(?:[A-Za-z_]\w{0,19})?$/.test(tablePrefix)) return;
  throw new Error('tablePrefix must be up to 20 letters, digits and _, the first no digit');
}
