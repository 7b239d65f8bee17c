import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:http';
import type { DataSource } from 'typeorm';
import { ExposedCredentials } from '../auth/exposed-credentials.js';
import { compileTrustedProxies } from '../common/transport/client-address.js';
import { ControllerRoutes } from '../common/transport/controller-routes.js';
import { LostKeysError } from '../keys/lost-keys.error.js';
import { AppModule } from './app.module.js';
import { appOptions, tlsFiles } from './config/app-options.js';
import type { Env } from './config/env.js';
import { inSettings } from './config/lost-keys-in-settings.js';
import { AccessLog } from './logging/access-log.js';
import { isLogged } from './logging/create-logger.js';
import { LoggedPaths } from './logging/logged-path.js';
import { DOCS_PATH } from './openapi/docs-path.js';
import { packageVersion } from './package-version.js';
import { createHttpAdapter } from './transport/http-adapter.js';
import { answerParserErrors } from './transport/parser-errors.js';
import { limitServer } from './transport/server-limits.js';
import { tlsOptions } from './transport/tls-options.js';
import { TransportGate } from './transport/transport-gate.js';

/** Assembles the standalone application, ready to listen. */
export async function createApp(env: Env, dataSource: DataSource): Promise<INestApplication> {
  const files = tlsFiles(env);
  const tls = files && tlsOptions(files);
  const adapter = await createHttpAdapter(env.HTTP_ADAPTER, tls);
  const module = AppModule.forRoot(appOptions(env), dataSource);
  const app = await NestFactory.create(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    ...(tls ? { httpsOptions: tls } : {}),
  }).catch((error: unknown) => {
    throw error instanceof LostKeysError ? inSettings(error, env) : error;
  });
  if (env.CORS_ORIGINS.length > 0) app.enableCors({ origin: [...env.CORS_ORIGINS] });

  if (env.servesDocs) await serveDocs(app, env);
  await app.init();

  const server = app.getHttpServer() as Server;
  const accessLog = isLogged('log', env.LOG_LEVEL)
    ? new AccessLog({ isJson: env.isProduction, paths: loggedPaths(app) })
    : undefined;
  limitServer(server);
  answerParserErrors(server, accessLog);
  gate(env, app, accessLog).install(server);
  return app;
}

/** Imports Swagger here, so that a process that serves no docs does not load it. */
async function serveDocs(app: INestApplication, { PUBLIC_URL: publicUrl }: Env): Promise<void> {
  const { apiDescription } = await import('./openapi/api-description.js');
  const { serveSwaggerUi } = await import('./openapi/swagger-ui.js');
  serveSwaggerUi(app, apiDescription(app, { version: packageVersion(), publicUrl }));
}

function loggedPaths(app: INestApplication): LoggedPaths {
  const routes = app.get(ControllerRoutes, { strict: false }).all();
  const docs = [DOCS_PATH, `${DOCS_PATH}-json`, `${DOCS_PATH}/*`];
  return new LoggedPaths([...routes.map(({ path }) => path), ...docs]);
}

function gate(env: Env, app: INestApplication, accessLog: AccessLog | undefined): TransportGate {
  const revokesExposed = env.REVOKE_EXPOSED_CREDENTIALS ?? env.isProduction;
  const exposed = app.get(ExposedCredentials);
  return new TransportGate({
    trusts: compileTrustedProxies(env.TRUST_PROXY),
    allowLoopback: !env.isProduction && !env.HTTPS_ONLY,
    docsPath: env.servesDocs ? DOCS_PATH : undefined,
    accessLog,
    onExposed: revokesExposed
      ? (authorization, origin) => void exposed.revoke(authorization, origin)
      : undefined,
  });
}
