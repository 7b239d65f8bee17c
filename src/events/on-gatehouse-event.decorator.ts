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

/** Options of `@OnGatehouseEvent`. */
export interface ListeningOptions {
  /**
   * Makes the method a durable listener; see {@link GatehouseEvents}. `true` names it after class and method, as in
   * `Billing.open`: a name of your own stays the same when these are renamed or minified.
   */
  readonly durable?: boolean | string;
}

interface ListensTo {
  readonly names: readonly GatehouseEventName[];
  readonly durable: boolean | string;
}

/**
 * Calls the method of a provider or controller for each of these events, after the commit; see {@link GatehouseEvents}.
 *
 * @example \@OnGatehouseEvent('account.created') welcome({ accountId }: GatehouseEvent<'account.created'>) {}
 * @public
 */
export function OnGatehouseEvent<Name extends GatehouseEventName>(
  ...names: Name[]
): Listening<Name>;
/**
 * The same with options, after the names of the events.
 *
 * @example \@OnGatehouseEvent('account.created', { durable: true }) bill({ id }: GatehouseEvent<'account.created'>) {}
 * @public
 */
export function OnGatehouseEvent<Name extends GatehouseEventName>(
  ...namesAndOptions: [...names: Name[], options: ListeningOptions]
): Listening<Name>;
export function OnGatehouseEvent<Name extends GatehouseEventName>(
  ...args: readonly (GatehouseEventName | ListeningOptions)[]
): Listening<Name> {
  const names = args.filter((arg) => typeof arg === 'string');
  const options = args.find((arg) => typeof arg === 'object');
  const listensTo: ListensTo = { names, durable: options?.durable ?? false };
  return SetMetadata(LISTENS_TO, listensTo) as Listening<Name>;
}

type Methods = Record<string, (event: GatehouseEvent) => void | Promise<void>>;

/** Finds the methods with `@OnGatehouseEvent` and adds them as listeners. */
@Injectable()
export class EventListeners implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly events: GatehouseEvents,
  ) {}

  /** @throws StartError for two durable listeners of one name */
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
      const listensTo =
        method && (Reflect.getMetadata(LISTENS_TO, method) as ListensTo | undefined);
      if (!listensTo) continue;
      const { names, durable } = listensTo;
      const listener = (event: GatehouseEvent) => instance[name]?.(event);
      const ownName = durable === true ? `${instance.constructor.name}.${name}` : durable;
      for (const each of names) {
        this.events.on(each, listener, ownName === false ? {} : { durable: ownName });
      }
    }
  }
}
