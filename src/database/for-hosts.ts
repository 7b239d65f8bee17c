import type { EntitySchema, MigrationInterface, QueryRunner } from 'typeorm';
import { ENTITIES } from './entities.js';
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
