import { NestFactory } from '@nestjs/core';
import { newSecret } from '../../common/crypto/secret-strength.js';
import { AppModule } from '../app.module.js';
import { appOptions, databaseOptions } from '../config/app-options.js';
import { readEnv } from '../config/env.js';
import { createDataSource } from '../database/open-data-source.js';
import { createHttpAdapter } from '../transport/http-adapter.js';

/** The application without provider instances, so that no database is opened. It creates no file for its secret. */
export async function previewApp(settings: NodeJS.ProcessEnv = {}) {
  const env = readEnv({ ...settings, GATEHOUSE_SECRET: newSecret() });
  const app = await NestFactory.create(
    AppModule.forRoot(appOptions(env), createDataSource(databaseOptions(env))),
    await createHttpAdapter('fastify', undefined),
    { preview: true, abortOnError: false, logger: false },
  );
  return { app, env };
}
