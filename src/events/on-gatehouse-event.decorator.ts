import { Injectable, SetMetadata, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { GatehouseEvent, GatehouseEventName } from './gatehouse-event.js';
import { GatehouseEvents } from './gatehouse-events.js';

const LISTENS_TO = Symbol('gatehouse:listens-to');

type Listening<Name extends GatehouseEventName> = <
  Method extends (event: GatehouseEvent<Name>) => unknown,
>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Calls the method of a provider or controller for each of these events, after the commit; see {@link GatehouseEvents}.
 *
 * @example \@OnGatehouseEvent('account.created') welcome({ accountId }: GatehouseEvent<'account.created'>) {}
 * @public
 */
export function OnGatehouseEvent<Name extends GatehouseEventName>(
  ...names: Name[]
): Listening<Name> {
  return SetMetadata(LISTENS_TO, names) as Listening<Name>;
}

type Methods = Record<string, (event: GatehouseEvent) => void | Promise<void>>;

/** Finds the methods with {@link OnGatehouseEvent} and adds them as listeners. */
@Injectable()
export class EventListeners implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly events: GatehouseEvents,
  ) {}

  onModuleInit(): void {
    const found = this.discovery.getProviders().concat(this.discovery.getControllers());
    // A provider that is imported in two places is found twice.
    const instances = new Set(
      found
        .filter((wrapper) => wrapper.isDependencyTreeStatic() && !wrapper.isNotMetatype)
        .map(({ instance }) => instance as unknown)
        .filter((instance): instance is Methods => typeof instance === 'object' && !!instance),
    );
    for (const instance of instances) this.connect(instance);
  }

  private connect(instance: Methods): void {
    const prototype = Object.getPrototypeOf(instance) as object | null;
    for (const name of prototype ? this.scanner.getAllMethodNames(prototype) : []) {
      const method = instance[name];
      const names = method && (Reflect.getMetadata(LISTENS_TO, method) as unknown);
      for (const each of (names ?? []) as GatehouseEventName[]) {
        this.events.on(each, (event) => instance[name]?.(event));
      }
    }
  }
}
