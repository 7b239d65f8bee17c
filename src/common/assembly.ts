import {
  Controller,
  VERSION_NEUTRAL,
  type DynamicModule,
  type RequestMethod,
  type Type,
} from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { boundHandler, type Handler } from './handler-arguments.js';

type Metadata = Omit<DynamicModule, 'module'>;

/** Configuration of an {@link Assembly}. */
export interface AssemblyPlan {
  /** Module of the providers that all modules share: options, clock, events, the DataSource. */
  readonly core: DynamicModule;
  /** Prefix of the path of every controller. */
  readonly routePrefix: string;
  /** Decorators of the host for every route. */
  readonly routeDecorators: readonly MethodDecorator[];
  /** Whether the group of routes with that name is mounted. */
  readonly mounts: (name: string) => boolean;
}

/** A mounted route, without the global prefix of the host. */
export interface MountedRoute {
  readonly method: RequestMethod;
  readonly path: string;
  readonly controller: Type;
}

/**
 * Creates the dynamic modules of one Gatehouse, each once. Two Gatehouses in one process, or in one application, have two
 * assemblies and share no provider (ADR 8).
 */
export class Assembly {
  private readonly modules = new Map<Type, DynamicModule>();
  private readonly mounted: MountedRoute[] = [];

  constructor(private readonly plan: AssemblyPlan) {}

  /** Module of the providers that all modules share. */
  get core(): DynamicModule {
    return this.plan.core;
  }

  /** Every route of the controllers so far. */
  get routes(): readonly MountedRoute[] {
    return this.mounted;
  }

  /**
   * The dynamic module of that class.
   *
   * @param metadata creates its imports, providers and exports; called once
   */
  module(type: Type, metadata: () => Metadata): DynamicModule {
    const known = this.modules.get(type);
    if (known) return known;
    const { imports = [], ...rest } = metadata();
    const made = { module: type, imports: [this.plan.core, ...imports], ...rest };
    this.modules.set(type, made);
    return made;
  }

  /** The mounted ones of these controllers, by the names of their groups of routes. */
  controllers(named: Readonly<Record<string, Type>>): Type[] {
    return Object.entries(named)
      .filter(([name]) => this.plan.mounts(name))
      .map(([, controller]) => this.placed(controller));
  }

  /**
   * A subclass for this Gatehouse only: Nest stores paths, versions and the host's decorators as metadata of classes and
   * handlers, and two Gatehouses have two of each. The host's API versioning does not apply to it.
   */
  private placed(controller: Type): Type {
    const path = joined(this.plan.routePrefix, pathOf(controller));
    const own = class extends controller {};
    Object.defineProperty(own, 'name', { value: controller.name });
    Controller({ path, version: VERSION_NEUTRAL })(own);
    const handlers = Object.entries(Object.getOwnPropertyDescriptors(controller.prototype));
    for (const [name, { value }] of handlers as [string, TypedPropertyDescriptor<Handler>][]) {
      if (!value || !Reflect.hasMetadata(METHOD_METADATA, value)) continue;
      this.place(own, name, value);
      const method = Reflect.getMetadata(METHOD_METADATA, value) as RequestMethod;
      this.mounted.push({ method, path: `/${joined(path, pathOf(value))}`, controller: own });
    }
    return own;
  }

  /** On the handler and not on the class, because a guard of the host may ask for the metadata of the handler alone. */
  private place({ prototype }: Type, name: string, handler: Handler): void {
    const value = boundHandler(prototype as object, name, handler);
    const descriptor = { value, writable: true, configurable: true };
    const decorated = Reflect.decorate(
      [...this.plan.routeDecorators],
      prototype as object,
      name,
      descriptor,
    );
    Object.defineProperty(prototype, name, decorated);
  }
}

function pathOf(target: object): string {
  return Reflect.getMetadata(PATH_METADATA, target) as string;
}

function joined(prefix: string, path: string): string {
  return `${prefix}/${path}`
    .split('/')
    .filter((segment) => segment !== '')
    .join('/');
}
