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

/** One line of the manifest: a route and whom it takes. */
export interface ManifestEntry {
  readonly method: string;
  readonly path: string;
  readonly rule: AccessRule;
  /** Roles of every account that hold what the route needs. */
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

  /** @throws StartError naming the first route that declares nothing, or a scope that nobody knows */
  onModuleInit(): void {
    void this.entries;
  }

  /** By path, then method. */
  get entries(): readonly ManifestEntry[] {
    this.cached ??= this.routes
      .all()
      .filter(({ module }) => this.isResponsibleFor(module))
      .flatMap((route) => this.entry(route) ?? [])
      .toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
    return this.cached;
  }

  /** Beside a second Gatehouse, each answers for the modules that can see it. */
  private isResponsibleFor(module: NestModule | undefined): boolean {
    const manifests = module ? manifestsSeenFrom(module) : [];
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
      // A host's own affair, unless it made it ours.
      if (!this.options.deniesUndeclared) return undefined;
      throw new StartError(`${name} declares neither its scopes nor that it is public`);
    }
    if (rule.kind === 'public') return { method, path, rule, roles: [] };
    const unknown = rule.scopes.find((scope) => !this.scopes.has(scope));
    if (unknown !== undefined) throw new StartError(`${name} needs ${unknown}, which is no scope`);
    return { method, path, rule, roles: this.scopes.rolesHolding(rule.scopes) };
  }
}

/** A host's module sees ours by importing `GatehouseModule`, a room by importing the one of the guards. */
function manifestsSeenFrom(module: NestModule): unknown[] {
  const near = [module, ...module.imports];
  const far = near.flatMap((each) => [...each.imports]);
  const manifests = [...new Set([...near, ...far])].map(
    ({ providers }) => providers.get(RouteManifest)?.instance,
  );
  // In preview mode, where nothing is constructed, the one that asks answers for everything.
  return manifests.filter(
    (manifest) => manifest instanceof RouteManifest && Object.hasOwn(manifest, 'routes'),
  );
}

function sortKey({ method, path }: ManifestEntry): string {
  return `${path} ${method}`;
}
