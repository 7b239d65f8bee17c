import { Logger, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Database } from '../../database/database.js';
import { LostKeysError } from '../../keys/lost-keys.error.js';
import { AppModule } from '../app.module.js';
import { appOptions, databaseOptions } from '../config/app-options.js';
import { readProcessEnv } from '../config/env.js';
import { inSettings } from '../config/lost-keys-in-settings.js';
import { openMigratedDataSource } from '../database/open-data-source.js';
import { createHttpAdapter } from '../transport/http-adapter.js';

/**
 * Runs work with the services of the application, and the service's environment. None of its lifecycle hooks runs:
 * nothing listens, no work is done in the background, and no start is recorded. A running service seals and delivers what
 * the work has stored.
 *
 * @throws StartError for a setting or a database with which the service could not start either
 */
export async function withIdleApp<T>(
  work: (app: INestApplicationContext) => Promise<T>,
): Promise<T> {
  // Files that are created from here on can be read by their owner only (S-158).
  process.umask(0o077);
  const env = readProcessEnv();
  // The service warns already, the audit trail has what is done, and errors are thrown.
  Logger.overrideLogger(false);
  const dataSource = await openMigratedDataSource({ ...databaseOptions(env), waitSeconds: 0 });
  try {
    const module = AppModule.forRoot(appOptions(env), dataSource);
    const adapter = await createHttpAdapter(env.HTTP_ADAPTER, undefined);
    const app = await NestFactory.create(module, adapter, {
      bodyParser: false,
      abortOnError: false,
    }).catch((error: unknown) => {
      throw error instanceof LostKeysError ? inSettings(error, env) : error;
    });
    const result = await work(app);
    await app.get(Database, { strict: false }).settled();
    return result;
  } finally {
    await dataSource.destroy();
  }
}
