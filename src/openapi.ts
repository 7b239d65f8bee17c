import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { apiDescription } from './api-description.js';
import { appOptions, databaseOptions } from './app-options.js';
import { AppModule } from './app.module.js';
import { readEnv } from './common/config/env.js';
import { createHttpAdapter } from './common/transport/http-adapter.js';
import { createDataSource } from './database/open-data-source.js';
import { packageVersion } from './package-version.js';

// Prints the API description. Preview mode makes no instances, so no database is opened.
// Nothing of the environment but the public address shows in it, and no secret is made.
const env = readEnv({
  PUBLIC_URL: process.env['PUBLIC_URL'],
  GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
});
const app = await NestFactory.create(
  AppModule.forRoot(appOptions(env), createDataSource(databaseOptions(env))),
  await createHttpAdapter('fastify', undefined),
  { preview: true, abortOnError: false, logger: false },
);
const document = apiDescription(app, { version: packageVersion(), publicUrl: env.PUBLIC_URL });
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
