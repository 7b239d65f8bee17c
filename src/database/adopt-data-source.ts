import type { DataSource, ObjectLiteral } from 'typeorm';
import { StartError } from '../common/errors/start.error.js';
import { assertUnaltered } from './altered-tables.js';
import { dialectOf } from './dialects/dialect-of.js';
import { ENTITIES } from './entities.js';
import { findCutOff, forgetProgress } from './migrations/cut-off.js';

/**
 * Checks that a DataSource, the service's or a host's, has the settings and tables that Gatehouse relies on.
 *
 * @throws StartError naming what the host has to add
 */
export async function adoptDataSource(dataSource: DataSource): Promise<DataSource> {
  const dialect = dialectOf(dataSource);
  const missing = ENTITIES.find((entity) => !dataSource.hasMetadata(entity));
  if (missing) {
    throw new StartError(
      `the DataSource does not know ${missing.name}: add ...gatehouseEntities() to its entities`,
    );
  }
  assertNoLookUpIsEmpty(dataSource);
  assertNothingIsCached(dataSource);
  await dialect.assertUsable(dataSource);
  await assertMigrated(dataSource);
  return dataSource;
}

/**
 * A look-up with a missing value must never match the first row (S-134): TypeORM 1 refuses it by default, 0.3 from
 * 0.3.27 on if it is told to. Our own look-ups do not depend on it, so an older 0.3 is taken as it is.
 */
function assertNoLookUpIsEmpty(dataSource: DataSource): void {
  const invalidWhereValuesBehavior = { null: 'throw', undefined: 'throw' };
  const strict = Object.create(dataSource, {
    options: { value: { ...dataSource.options, invalidWhereValuesBehavior } },
  }) as DataSource;
  if (!ignoresMissing(dataSource) || ignoresMissing(strict)) return;
  throw new StartError(
    "the DataSource ignores missing values in look-ups: add invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' } to its options",
  );
}

function ignoresMissing(dataSource: DataSource): boolean {
  const conditions: ObjectLiteral[] = [{ createdAt: null }, { createdAt: undefined }];
  return ENTITIES.some((entity) =>
    conditions.some((where) => {
      const query = dataSource.createQueryBuilder<ObjectLiteral>(entity, 'entity');
      try {
        // TypeORM 1 can also take null as SQL's NULL, which matches nothing.
        return !query.setFindOptions({ where }).getQuery().includes('WHERE');
      } catch {
        return false;
      }
    }),
  );
}

/** A session that has ended must be refused at the next request (S-53), and not when a cache entry expires. */
function assertNothingIsCached({ options }: DataSource): void {
  const { cache } = options;
  if (typeof cache !== 'object' || cache.alwaysEnabled !== true) return;
  throw new StartError(
    'the DataSource answers every look-up from a cache (cache.alwaysEnabled): give Gatehouse one that does not',
  );
}

async function assertMigrated(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  dialectOf(dataSource).beforeSchemaReads?.(runner);
  try {
    const cutOff = await findCutOff(runner);
    if (cutOff) {
      const command = cutOff.direction === 'up' ? 'migration:run' : 'migration:revert';
      throw new StartError(
        `the migration ${cutOff.name} was cut off: run ${command} again, which goes on from there`,
      );
    }
    // A database user who may only read cannot delete them, which does no harm.
    await forgetProgress(runner).catch(() => undefined);
    for (const entity of ENTITIES) {
      const { tablePath } = dataSource.getMetadata(entity);
      if (await runner.hasTable(tablePath)) continue;
      throw new StartError(
        `the table ${tablePath} is missing: add ...gatehouseMigrations() to the migrations and run them`,
      );
    }
    const entities = ENTITIES.map((entity) => dataSource.getMetadata(entity));
    await assertUnaltered(runner, entities);
  } finally {
    await runner.release();
  }
}
