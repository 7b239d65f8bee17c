import type { DataSourceOptions } from 'typeorm';
import { ENTITIES } from '../../database/entities.js';
import { MIGRATIONS } from '../../database/migrations/index.js';
import { resumableMigration } from '../../database/migrations/resumable-migration.js';
import type { Engine } from './engines/engine.js';

/** The options of the DataSource: the engine's own, and those that all engines share. */
export function dataSourceOptions({ options }: Engine): DataSourceOptions {
  return {
    ...options,
    entities: ENTITIES,
    migrations: MIGRATIONS.map((each) =>
      resumableMigration(each, { name: each.name, isTolerant: true }),
    ),
    migrationsTableName: 'gatehouse_migrations',
    // The schema changes by migration only (S-157).
    synchronize: false,
    // Parameters of a failed query may be secrets; faults are logged where they are handled (S-146).
    logging: false,
    // A look-up with a missing value must never match the first row (S-134).
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
  };
}
