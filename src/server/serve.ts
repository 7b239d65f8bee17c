import { Logger, type INestApplication } from '@nestjs/common';
import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import { databaseOptions } from './config/app-options.js';
import type { Env } from './config/env.js';
import { settingWarnings } from './config/setting-warnings.js';
import { createApp } from './create-app.js';
import { openDataSource } from './database/open-data-source.js';
import { createFirstOwner } from './first-owner.js';
import { hasDevOutbox } from './dev-outbox/kept-letters.js';
import { listenFault } from './listen-fault.js';
import { createLogger } from './logging/create-logger.js';
import { DOCS_PATH } from './openapi/docs-path.js';
import { packageVersion } from './package-version.js';
import { Shutdown } from './process/shutdown.js';

/**
 * Starts the service: opens the database, migrates it, creates the first owner and listens.
 *
 * @throws StartError for a setting or a database with which the service cannot start
 */
export async function serve(env: Env): Promise<void> {
  Logger.overrideLogger(createLogger({ isJson: env.isProduction, level: env.LOG_LEVEL }));
  const shutdown = new Shutdown();
  shutdown.listen();
  for (const line of settingWarnings(env, process.env)) new Logger('Settings').warn(line);
  const dataSource = await openDataSource(databaseOptions(env));
  const app = await createApp(env, dataSource);
  await createFirstOwner(app, env);
  shutdown.serve(app, { delay: env.SHUTDOWN_DELAY, timeout: env.SHUTDOWN_TIMEOUT });
  await listen(app, env);
  announce(env, app);
}

/** @throws EnvError for an address at which the service cannot listen */
async function listen(app: INestApplication, env: Env): Promise<void> {
  try {
    await app.listen(env.PORT, await listenAddress(env));
  } catch (error) {
    throw listenFault(error);
  }
}

async function listenAddress({ HOST: host, isProduction }: Env): Promise<string> {
  // For this name Fastify would add a server for each address, which bypasses the gate and is never drained.
  if (host === 'localhost') return (await lookup(host)).address;
  return host ?? (isProduction ? '0.0.0.0' : '127.0.0.1');
}

function announce(env: Env, app: INestApplication): void {
  const logger = new Logger('Gatehouse');
  const { port, address } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const protocol = env.TLS_CERT_FILE === undefined ? 'http' : 'https';
  const host = address.includes(':') ? `[${address}]` : address;
  const base = `${protocol}://${host}:${port}`;
  const milliseconds = Math.round(performance.now());

  logger.log(`Gatehouse ${packageVersion()} is ready in ${milliseconds} ms`);
  logger.log(`API         ${base}`);
  if (env.servesDocs) logger.log(`Swagger UI  ${base}${DOCS_PATH}`);
  if (hasDevOutbox(env)) logger.log(`Mail        ${base}/dev/outbox`);
  logger.log(`Health      ${base}/health`);
  if (env.isProduction && protocol === 'http' && env.TRUST_PROXY.length === 0) {
    logger.warn(
      'Every request will be refused: production takes HTTPS only. Set TLS_CERT_FILE and TLS_KEY_FILE, or TRUST_PROXY.',
    );
  }
}
