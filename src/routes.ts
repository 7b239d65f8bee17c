import {
  DiscoveryService,
  MetadataScanner,
  ModulesContainer,
  NestFactory,
  Reflector,
} from '@nestjs/core';
import { randomBytes } from 'node:crypto';
import { manifestText } from './access/manifest-text.js';
import { RouteManifest } from './access/route-manifest.js';
import { appOptions, databaseOptions } from './app-options.js';
import { AppModule } from './app.module.js';
import { readEnv } from './common/config/env.js';
import { createHttpAdapter } from './common/transport/http-adapter.js';
import { ControllerRoutes } from './common/transport/controller-routes.js';
import { createDataSource } from './database/open-data-source.js';
import { ScopeRegistry } from './scopes/scope-registry.js';
import { scopeTable } from './scopes/scope-table.js';

// Prints which route takes whom. The committed `authz.lock` holds the same text, so that a change of rights
// shows in review. Preview mode makes no instances: no database is opened.
const env = readEnv({ GATEHOUSE_SECRET: randomBytes(48).toString('base64url') });
const app = await NestFactory.create(
  AppModule.forRoot(appOptions(env), createDataSource(databaseOptions(env))),
  await createHttpAdapter('fastify', undefined),
  { preview: true, abortOnError: false, logger: false },
);
const discovery = new DiscoveryService(app.get(ModulesContainer));
const routes = new ControllerRoutes(discovery, new MetadataScanner());
const manifest = new RouteManifest(routes, new Reflector(), new ScopeRegistry(scopeTable()), {
  deniesUndeclared: true,
});
process.stdout.write(manifestText(manifest.entries));
