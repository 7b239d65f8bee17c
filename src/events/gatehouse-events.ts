import { Injectable, Logger } from '@nestjs/common';
import { EventBus } from './event-bus.js';
import { hostEvent, type GatehouseEvent, type GatehouseEventName } from './gatehouse-event.js';

type Listener<Name extends GatehouseEventName> = (
  event: GatehouseEvent<Name>,
) => void | Promise<void>;

/**
 * What happened to accounts, users, keys and sessions, told after the commit, in this process, once. A listener
 * that fails is logged and stops nobody; one that must not miss an event keeps its own record of what it did.
 *
 * @example events.on('user.signed_in', ({ userId }) => this.greet(userId));
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
  constructor(bus: EventBus) {
    bus.subscribe((event) => {
      const told = hostEvent(event);
      if (told) this.tell(told);
    });
  }

  /** @returns stops listening */
  on<Name extends GatehouseEventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.listeners.get(name) ?? new Map<unknown, Listener<GatehouseEventName>>();
    listeners.set(listener, (event) => (isNamed(event, name) ? listener(event) : undefined));
    this.listeners.set(name, listeners);
    return () => listeners.delete(listener);
  }

  private tell(event: GatehouseEvent): void {
    for (const listener of this.listeners.get(event.name)?.values() ?? []) {
      // Behind the request's back, so that no listener makes its caller wait or fail.
      setImmediate(() => void this.call(listener, event));
    }
  }

  private async call(listener: Listener<GatehouseEventName>, event: GatehouseEvent): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
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
