import type { DataSource } from 'typeorm';
import { StartError } from '../common/errors/start.error.js';
import { ENTITIES } from './entities.js';
import { assertUsableSessions } from './mysql-session.js';
import { serializeSqlite } from './sqlite-serialization.js';

const ENGINES: ReadonlySet<string> = new Set(['better-sqlite3', 'mysql', 'mariadb']);

/**
 * Makes sure that a DataSource, ours or a host's, keeps what we rely on.
 *
 * @throws StartError naming what the host has to add
 */
export async function adoptDataSource(dataSource: DataSource): Promise<DataSource> {
  const { type } = dataSource.options;
  if (!ENGINES.has(type)) {
    throw new StartError(`GatehouseModule works on ${[...ENGINES].join(', ')}, not on ${type}`);
  }
  const missing = ENTITIES.find((entity) => !dataSource.hasMetadata(entity));
  if (missing) {
    throw new StartError(
      `the DataSource does not know ${missing.name}: add ...gatehouseEntities() to its entities`,
    );
  }
  if (type === 'better-sqlite3') serializeSqlite(dataSource);
  else await assertUsableSessions(dataSource);
  await assertMigrated(dataSource);
  return dataSource;
}

async function assertMigrated(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    for (const entity of ENTITIES) {
      const { tablePath } = dataSource.getMetadata(entity);
      if (await runner.hasTable(tablePath)) continue;
      throw new StartError(
        `the table ${tablePath} is missing: add ...gatehouseMigrations() to the migrations and run them`,
      );
    }
  } finally {
    await runner.release();
  }
}
