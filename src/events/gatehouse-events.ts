import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import { EventBus } from './event-bus.js';
import { hostEvent, type GatehouseEvent, type GatehouseEventName } from './gatehouse-event.js';

type Listener<Name extends GatehouseEventName> = (
  event: GatehouseEvent<Name>,
) => void | Promise<void>;

/**
 * Tells listeners about changes of accounts, users, keys and sessions: once, after the commit, in this process. The
 * error of a listener is logged and affects nothing else. A listener that must not miss an event has to keep a record
 * of what it has processed.
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
      const forHost = hostEvent(event);
      if (forHost) this.notify(forHost);
    });
  }

  /** @returns a function that removes the listener */
  on<Name extends GatehouseEventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.listeners.get(name) ?? new Map<unknown, Listener<GatehouseEventName>>();
    listeners.set(listener, (event) => (isNamed(event, name) ? listener(event) : undefined));
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
