import { DataSource } from 'typeorm';
import { StartError } from '../../common/errors/start.error.js';
import { dataSourceOptions } from './data-source-options.js';
import type { DatabaseOptions } from './database-options.js';
import { databaseRemedy } from './database-remedies.js';
import { connectWithin } from './database-wait.js';
import type { Engine } from './engines/engine.js';
import { engineOf } from './engines/engine-of.js';
import { assertMigrated, migrate } from './migrate.js';

/** Creates a DataSource without connecting it; TypeORM's command line uses it too. */
export function createDataSource(options: DatabaseOptions, engine = engineOf(options)): DataSource {
  const dataSource = new DataSource(dataSourceOptions(engine));
  engine.adapt?.(dataSource);
  return dataSource;
}

/**
 * Connects, sets the sessions up and applies the pending migrations.
 *
 * @throws StartError when the database cannot be reached or lacks a setting that Gatehouse relies on
 */
export function openDataSource(options: DatabaseOptions): Promise<DataSource> {
  return open(options, async (dataSource, engine) => {
    await migrate(dataSource, engine);
    await engine.beforeServing?.(dataSource);
  });
}

/**
 * Connects, and changes nothing in the database.
 *
 * @throws StartError as {@link openDataSource}, and when migrations are pending
 */
export function openMigratedDataSource(options: DatabaseOptions): Promise<DataSource> {
  return open(options, assertMigrated);
}

async function open(
  options: DatabaseOptions,
  prepare: (dataSource: DataSource, engine: Engine) => Promise<void>,
): Promise<DataSource> {
  const engine = engineOf(options);
  const dataSource = createDataSource(options, engine);
  await connect(dataSource, engine, options.waitSeconds);
  try {
    await engine.prepareSessions(dataSource);
    await prepare(dataSource, engine);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw databaseRemedy(error, engine) === undefined ? error : unusable(error, engine);
  }
}

async function connect(dataSource: DataSource, engine: Engine, waitSeconds = 0): Promise<void> {
  try {
    engine.beforeConnecting?.();
    await connectWithin(waitSeconds, engine, async () => void (await dataSource.initialize()));
  } catch (error) {
    throw unusable(error, engine);
  }
}

/** Names the setting without repeating its value: an address may hold a password. */
function unusable(error: unknown, engine: Engine): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  const remedy = databaseRemedy(error, engine);
  const problem = `cannot be used (${code ?? message})${remedy === undefined ? '' : `: ${remedy}`}`;
  return new StartError(`DATABASE_URL names a database that ${problem}`, { cause: error });
}
