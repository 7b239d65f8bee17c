import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { Assembly } from '../common/assembly.js';
import { ControllerRoutes } from '../common/transport/controller-routes.js';
import { ScopesModule } from '../scopes/scopes.module.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { DeniedAccess } from './denied-access.js';
import { GatehouseGuard } from './gatehouse.guard.js';
import { PrincipalAuthenticator } from './principal-authenticator.js';
import { VerificationCache } from './verification-cache.js';
import { RouteManifest } from './route-manifest.js';
import { ScopeCatalogueController } from './scope-catalogue.controller.js';
import { ScopeHints } from './scope-hints.js';
import { ScopesGuard } from './scopes.guard.js';
import { Strategies } from './strategies.js';
import { VerifiedPrincipals } from './verified-principals.js';

/** Authentication, authorization, and the manifest of all routes with their access rules. */
@Module({})
export class AccessModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    // Nest creates a guard in the module of the controller that uses it, with these dependencies.
    const forGuards = [
      DeniedAccess,
      PrincipalAuthenticator,
      VerificationCache,
      ScopeHints,
      VerifiedPrincipals,
    ];
    const guards = [AuthenticationGuard, GatehouseGuard, ScopesGuard];
    return assembly.module(AccessModule, () => ({
      imports: [DiscoveryModule, ScopesModule.register(assembly)],
      controllers: assembly.controllers({ scopes: ScopeCatalogueController }),
      providers: [...forGuards, ...guards, ControllerRoutes, RouteManifest, Strategies],
      exports: [...forGuards, ...guards, ControllerRoutes, RouteManifest, Strategies],
    }));
  }
}
