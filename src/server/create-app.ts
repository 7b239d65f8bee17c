import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:tls';
import type { DataSource } from 'typeorm';
import { ExposedCredentials } from '../auth/exposed-credentials.js';
import { compileTrustedProxies } from '../common/transport/client-address.js';
import { ControllerRoutes } from '../common/transport/controller-routes.js';
import { LostKeysError } from '../keys/lost-keys.error.js';
import { AppModule } from './app.module.js';
import { appOptions, tlsFiles } from './config/app-options.js';
import type { Env } from './config/env.js';
import { inSettings } from './config/lost-keys-in-settings.js';
import { DevOutboxModule } from './dev-outbox/dev-outbox.module.js';
import { keptLetters } from './dev-outbox/kept-letters.js';
import { AccessLog } from './logging/access-log.js';
import { isLogged } from './logging/create-logger.js';
import { LoggedPaths } from './logging/logged-path.js';
import { DOCS_PATH } from './openapi/docs-path.js';
import { packageVersion } from './package-version.js';
import { CertificateRenewal } from './transport/certificate-renewal.js';
import { Cors } from './transport/cors.js';
import { createHttpAdapter } from './transport/http-adapter.js';
import { KnownRoutes } from './transport/known-routes.js';
import { answerParserErrors } from './transport/parser-errors.js';
import { limitServer } from './transport/server-limits.js';
import { tlsOptions, type CertificateFiles } from './transport/tls-options.js';
import { TransportGate, type TransportGateOptions } from './transport/transport-gate.js';

/** Assembles the standalone application, ready to listen. */
export async function createApp(env: Env, dataSource: DataSource): Promise<INestApplication> {
  const files = tlsFiles(env);
  const tls = files && tlsOptions(files);
  const adapter = await createHttpAdapter(env.HTTP_ADAPTER, tls);
  const letters = keptLetters(env);
  const module = AppModule.forRoot(
    appOptions(env, letters),
    dataSource,
    letters && [DevOutboxModule.register(letters)],
  );
  const app = await NestFactory.create(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    ...(tls ? { httpsOptions: tls } : {}),
  }).catch((error: unknown) => {
    throw error instanceof LostKeysError ? inSettings(error, env) : error;
  });
  if (env.servesDocs) await serveDocs(app, env);
  await app.init();

  const server = app.getHttpServer() as Server;
  const accessLog = isLogged('log', env.LOG_LEVEL)
    ? new AccessLog({ isJson: env.isProduction, paths: loggedPaths(app) })
    : undefined;
  const cors = env.CORS_ORIGINS.length > 0 ? new Cors(env.CORS_ORIGINS) : undefined;
  limitServer(server);
  answerParserErrors(server, { accessLog, cors });
  gate(env, app, { accessLog, cors }).install(server);
  if (files) renewCertificate(env, server, files);
  return app;
}

/** Imports Swagger here, so that a process that serves no docs does not load it. */
async function serveDocs(app: INestApplication, { PUBLIC_URL: publicUrl }: Env): Promise<void> {
  const { apiDescription } = await import('./openapi/api-description.js');
  const { serveSwaggerUi } = await import('./openapi/swagger-ui.js');
  serveSwaggerUi(app, apiDescription(app, { version: packageVersion(), publicUrl }));
}

function renewCertificate(env: Env, server: Server, inUse: CertificateFiles): void {
  const names = [env.TLS_CERT_FILE, env.TLS_KEY_FILE].filter((name) => name !== undefined);
  const read = () => tlsFiles(env) ?? inUse;
  new CertificateRenewal(server as unknown as TlsServer, inUse, read).watch(names);
}

function loggedPaths(app: INestApplication): LoggedPaths {
  const routes = app.get(ControllerRoutes, { strict: false }).all();
  const docs = [DOCS_PATH, `${DOCS_PATH}-json`, `${DOCS_PATH}/*`];
  return new LoggedPaths([...routes.map(({ path }) => path), ...docs]);
}

function gate(
  env: Env,
  app: INestApplication,
  parts: Pick<TransportGateOptions, 'accessLog' | 'cors'>,
): TransportGate {
  const revokesExposed = env.REVOKE_EXPOSED_CREDENTIALS ?? env.isProduction;
  const exposed = app.get(ExposedCredentials);
  return new TransportGate({
    trusts: compileTrustedProxies(env.TRUST_PROXY),
    allowLoopback: !env.isProduction && !env.HTTPS_ONLY,
    docsPath: env.servesDocs ? DOCS_PATH : undefined,
    ...parts,
    routes: app.get(KnownRoutes),
    onExposed: revokesExposed
      ? (authorization, origin) => void exposed.revoke(authorization, origin)
      : undefined,
  });
}
