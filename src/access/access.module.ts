import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ControllerRoutes } from '../common/transport/controller-routes.js';
import { ScopesModule } from '../scopes/scopes.module.js';
import { RouteManifest } from './route-manifest.js';
import { ScopeCatalogueController } from './scope-catalogue.controller.js';
import { ScopeHints } from './scope-hints.js';

/** What routes need, written down. Needs `ACCESS_OPTIONS` from the application. */
@Module({
  imports: [DiscoveryModule, ScopesModule],
  controllers: [ScopeCatalogueController],
  providers: [ControllerRoutes, RouteManifest, ScopeHints],
  exports: [ControllerRoutes, RouteManifest],
})
export class AccessModule {}
