import {
  ApplicationConfig,
  DiscoveryService,
  MetadataScanner,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';
import { manifestText } from '../../access/manifest-text.js';
import { RouteManifest } from '../../access/route-manifest.js';
import { ControllerRoutes } from '../../common/transport/controller-routes.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { scopeTable } from '../../scopes/scope-table.js';
import { previewApp } from './preview-app.js';

// Prints which principals each route takes. The committed `authz.lock` holds the same text, so that a change of
// rights shows in review.
const { app } = await previewApp();
const modules = app.get(ModulesContainer);
const routes = new ControllerRoutes(
  new DiscoveryService(modules),
  new MetadataScanner(),
  new ApplicationConfig(),
  modules,
);
const manifest = new RouteManifest(routes, new Reflector(), new ScopeRegistry(scopeTable()), {
  deniesUndeclared: true,
});
process.stdout.write(manifestText(manifest.entries));
