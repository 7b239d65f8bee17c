import type { EntitySchema, MigrationInterface, QueryRunner, TableColumnOptions } from 'typeorm';
import { ENTITIES } from './entities.js';
import { portableColumns } from './migrations/columns.js';
import { MIGRATIONS } from './migrations/index.js';
import { prefixedRunner } from './migrations/prefixed-runner.js';
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
type MigrationClass = new () => MigrationInterface;

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
  return MIGRATIONS.map((migration) => hostMigration(migration, tablePrefix));
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

function hostMigration(Migration: MigrationClass, tablePrefix: string): MigrationClass {
  return class implements MigrationInterface {
    // Two Gatehouses in one database are two histories. TypeORM reads the time off the end of the name.
    readonly name = `Gatehouse${tablePrefix}${Migration.name}`;

    up(runner: QueryRunner): Promise<void> {
      return new Migration().up(prefixedRunner(runner, tablePrefix)) as Promise<void>;
    }

    down(runner: QueryRunner): Promise<void> {
      return new Migration().down(prefixedRunner(runner, tablePrefix)) as Promise<void>;
    }
  };
}

/** As short as MariaDB's 64 characters for a name allow beside the longest of ours. */
function assertPrefix(tablePrefix: string): void {
  if (/^(?:[A-Za-z_]\w{0,19})?$/.test(tablePrefix)) return;
  throw new Error('tablePrefix must be up to 20 letters, digits and _, the first no digit');
}
