import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import { DurableListeners } from './durable-listeners.js';
import { EventBus } from './event-bus.js';
import { hostEvent, type GatehouseEvent, type GatehouseEventName } from './gatehouse-event.js';

type Listener<Name extends GatehouseEventName> = (
  event: GatehouseEvent<Name>,
) => void | Promise<void>;

/** Options of {@link GatehouseEvents.on}. */
export interface ListenerOptions {
  /**
   * Makes the listener durable, under this name, which must stay the same from release to release: 1 to 100 printable
   * ASCII characters without spaces.
   */
  readonly durable?: string;
}

/**
 * Tells listeners about changes of accounts, users, keys and sessions, after the commit.
 *
 * A listener is called once, in this process. Its error is logged and affects nothing else, and the event is lost if
 * the process dies first.
 *
 * A durable listener misses no event: the event is stored in the transaction of its change, for the durable listeners
 * of the process that makes the change, and any process that knows the listener calls it, until it has returned or
 * resolved. After an error it is called again, 1 s later, then 2 s, up to 1 h, for 7 days. It is called at least once,
 * and after a crash perhaps again with the same `id`. It gets the events about one user, key, role or account in order.
 *
 * @example events.on('user.signed_in', ({ userId }) => this.greet(userId));
 * @example events.on('user.created', (event) => this.bill(event), { durable: 'billing' });
 * @public
 */
@Injectable()
export class GatehouseEvents {
  private readonly logger = new Logger('GatehouseEvents');
  private readonly listeners = new Map<
    GatehouseEventName,
    Map<unknown, Listener<GatehouseEventName>>
  >();

  /** @internal */
  constructor(
    bus: EventBus,
    private readonly durables: DurableListeners,
  ) {
    bus.subscribe((event) => {
      const forHost = hostEvent(event);
      if (forHost) this.notify(forHost);
    });
  }

  /**
   * Adds a listener. A durable one must be added before the first event, in `onModuleInit` at the latest.
   *
   * @returns a function that removes the listener
   * @throws StartError for another durable listener of the same name
   */
  on<Name extends GatehouseEventName>(
    name: Name,
    listener: Listener<Name>,
    { durable }: ListenerOptions = {},
  ): () => void {
    const call = (event: GatehouseEvent) => (isNamed(event, name) ? listener(event) : undefined);
    if (durable !== undefined) return this.durables.add(durable, name, listener, call);
    const listeners = this.listeners.get(name) ?? new Map<unknown, Listener<GatehouseEventName>>();
    listeners.set(listener, call);
    this.listeners.set(name, listeners);
    return () => listeners.delete(listener);
  }

  private notify(event: GatehouseEvent): void {
    for (const listener of this.listeners.get(event.name)?.values() ?? []) {
      // In the background, so that no listener delays the caller or makes it fail.
      setImmediate(() => void this.call(listener, event));
    }
  }

  private async call(listener: Listener<GatehouseEventName>, event: GatehouseEvent): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      const reason = messageOf(error);
      this.logger.error(
        `a listener to ${event.name} failed: ${reason}`,
        error instanceof Error ? error.stack : undefined,
      );
    }
  }
}

function isNamed<Name extends GatehouseEventName>(
  event: GatehouseEvent,
  name: Name,
): event is GatehouseEvent & GatehouseEvent<Name> {
  return event.name === name;
}
