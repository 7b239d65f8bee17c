import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { StartError } from '../common/errors/start.error.js';
import {
  ControllerRoutes,
  type ControllerRoute,
  type NestModule,
} from '../common/transport/controller-routes.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';

/** One line of the manifest: a route and its access rule. */
export interface ManifestEntry {
  readonly method: string;
  readonly path: string;
  readonly rule: AccessRule;
  /** The roles of the application that hold all scopes of the route. */
  readonly roles: readonly string[];
}

/** Every registered route with its access rule (S-92, S-93). */
@Injectable()
export class RouteManifest implements OnModuleInit {
  private cached: readonly ManifestEntry[] | undefined;

  constructor(
    private readonly routes: ControllerRoutes,
    private readonly reflector: Reflector,
    private readonly scopes: ScopeRegistry,
    @Inject(ACCESS_OPTIONS) private readonly options: Pick<AccessOptions, 'deniesUndeclared'>,
  ) {}

  /** @throws StartError naming the first route without an access rule or with an unknown scope */
  onModuleInit(): void {
    void this.entries;
  }

  /** Ordered by path, then method. */
  get entries(): readonly ManifestEntry[] {
    this.cached ??= this.routes
      .all()
      .filter(({ module }) => this.isResponsibleFor(module))
      .flatMap((route) => this.entry(route) ?? [])
      .toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
    return this.cached;
  }

  /** With several Gatehouses in one application, each manifest holds the routes of the modules that import it. */
  private isResponsibleFor(module: NestModule | undefined): boolean {
    const manifests = module ? manifestsImportedBy(module) : [];
    return manifests.length === 0 || manifests.includes(this);
  }

  private entry(route: ControllerRoute): ManifestEntry | undefined {
    const { method, path, controller, handlerName, handler } = route;
    const name = `${controller.name}.${handlerName} (${method} ${path})`;
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      handler as () => unknown,
      controller,
    ]);
    if (!rule) {
      // A host may guard its routes by other means, unless it asked for denial by default.
      if (!this.options.deniesUndeclared) return undefined;
      throw new StartError(`${name} declares neither its scopes nor that it is public`);
    }
    if (rule.kind === 'public') return { method, path, rule, roles: [] };
    const unknown = rule.scopes.find((scope) => !this.scopes.has(scope));
    if (unknown !== undefined) throw new StartError(`${name} needs ${unknown}, which is no scope`);
    return { method, path, rule, roles: this.scopes.rolesHolding(rule.scopes) };
  }
}

/** A host's module imports `GatehouseModule`, which imports ours; a room imports the access module directly. */
function manifestsImportedBy(module: NestModule): unknown[] {
  const near = [module, ...module.imports];
  const far = near.flatMap((each) => [...each.imports]);
  const manifests = [...new Set([...near, ...far])].map(
    ({ providers }) => providers.get(RouteManifest)?.instance,
  );
  // Nest constructs no providers in preview mode: then the manifest that is asked lists every route.
  return manifests.filter(
    (manifest) => manifest instanceof RouteManifest && Object.hasOwn(manifest, 'routes'),
  );
}

function sortKey({ method, path }: ManifestEntry): string {
  return `${path} ${method}`;
}
