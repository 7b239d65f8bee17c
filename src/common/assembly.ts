import { Controller, VERSION_NEUTRAL, type DynamicModule, type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';

type Metadata = Omit<DynamicModule, 'module'>;

/** Configuration of an {@link Assembly}. */
export interface AssemblyPlan {
  /** Module of the providers that all modules share: options, clock, events, the DataSource. */
  readonly core: DynamicModule;
  /** Prefix of the path of every controller. */
  readonly routePrefix: string;
  /** Whether the group of routes with that name is mounted. */
  readonly mounts: (name: string) => boolean;
}

/**
 * Creates the dynamic modules of one Gatehouse, each once. Two Gatehouses in one process, or in one application, have two
 * assemblies and share no provider (ADR 8).
 */
export class Assembly {
  private readonly modules = new Map<Type, DynamicModule>();

  constructor(private readonly plan: AssemblyPlan) {}

  /** Module of the providers that all modules share. */
  get core(): DynamicModule {
    return this.plan.core;
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
   * A subclass for this Gatehouse only: Nest stores path and version as metadata of the class, and two Gatehouses have
   * two paths. The host's API versioning does not apply to it.
   */
  private placed(controller: Type): Type {
    const path = Reflect.getMetadata(PATH_METADATA, controller) as string;
    const own = class extends controller {};
    Object.defineProperty(own, 'name', { value: controller.name });
    Controller({ path: joined(this.plan.routePrefix, path), version: VERSION_NEUTRAL })(own);
    return own;
  }
}

function joined(prefix: string, path: string): string {
  return [...prefix.split('/'), path].filter((segment) => segment !== '').join('/');
}
