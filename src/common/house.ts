import { Controller, VERSION_NEUTRAL, type DynamicModule, type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';

type Parts = Omit<DynamicModule, 'module'>;

/** How one Gatehouse is put together. */
export interface HousePlan {
  /** Holds what all rooms share: options, clock, events, the DataSource. */
  readonly core: DynamicModule;
  /** In front of the path of every controller. */
  readonly routePrefix: string;
  /** Whether the routes of that name are mounted. */
  readonly mounts: (name: string) => boolean;
}

/**
 * One Gatehouse in the making. Each room is made once and shared by the rooms above it, so that two
 * Gatehouses in one process, or in one application, have nothing in common.
 */
export class House {
  private readonly rooms = new Map<Type, DynamicModule>();

  constructor(private readonly plan: HousePlan) {}

  /** What all rooms share. */
  get core(): DynamicModule {
    return this.plan.core;
  }

  /** The room of that class, furnished at its first use. */
  room(module: Type, furnish: () => Parts): DynamicModule {
    let room = this.rooms.get(module);
    if (!room) {
      const { imports = [], ...parts } = furnish();
      room = { module, imports: [this.plan.core, ...imports], ...parts };
      this.rooms.set(module, room);
    }
    return room;
  }

  /** Those of the controllers that are mounted, by the names under which a host switches them off. */
  controllers(named: Readonly<Record<string, Type>>): Type[] {
    return Object.entries(named)
      .filter(([name]) => this.plan.mounts(name))
      .map(([, controller]) => this.placed(controller));
  }

  /**
   * A controller of this Gatehouse's own: what Nest keeps of a path and a version stands on the class, and two
   * Gatehouses may stand at two paths. A host that versions its routes does not version ours.
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
