import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../common/clock.js';
import { messageOf } from '../common/errors/message-of.js';
import { DurableListeners } from '../events/durable-listeners.js';
import type { GatehouseEvent } from '../events/gatehouse-event.js';
import { pauseAfter } from './back-off.js';
import { EventDeliveries } from './event-deliveries.js';
import type { EventDelivery } from './event-delivery.entity.js';
import { KEPT_MS } from './kept.js';

/**
 * What became of a delivery: deleted, so that the next one of the subject may follow; to be repeated after a pause, with
 * those that follow; `lost` to another process, which has taken it over; or `unknown`, still claimed by this process.
 */
type Outcome = 'done' | 'postponed' | 'lost' | 'unknown';

const REMOVAL_PAUSE_MS = 500;

/** Calls a durable listener, and stores what became of the delivery. */
@Injectable()
export class DeliveryAttempts {
  private readonly logger = new Logger('GatehouseEvents');

  constructor(
    private readonly listeners: DurableListeners,
    private readonly deliveries: EventDeliveries,
    private readonly clock: Clock,
  ) {}

  /** @param isEnding whether to leave a deletion to the end of the claim that the database does not take */
  async run(delivery: EventDelivery, isEnding: () => boolean): Promise<Outcome> {
    try {
      await inOwnTurn(() => this.call(delivery));
    } catch (error) {
      const isOver = this.clock.now() - delivery.createdAt >= KEPT_MS;
      if (!isOver) return this.postpone(delivery, error);
      this.logFailure(delivery, error, 'and is given up');
    }
    return this.remove(delivery, isEnding);
  }

  private call({ listener, name, payload }: EventDelivery): unknown {
    const event = JSON.parse(payload) as GatehouseEvent;
    const call = this.listeners.find(listener, event.name);
    if (call) return call(event);
    this.logger.warn(`${listener} no longer listens to ${name}: an event was dropped`);
    return undefined;
  }

  private async postpone(delivery: EventDelivery, error: unknown): Promise<Outcome> {
    const attempts = delivery.attempts + 1;
    const { listener, name, createdAt } = delivery;
    const own = this.listeners.pauseOf(listener, name);
    const pause = own?.(attempts, this.clock.now() - createdAt) ?? pauseAfter(attempts);
    this.logFailure(delivery, error, `and is called again in ${pause / 1000} s`);
    try {
      await this.deliveries.postpone(delivery, attempts, this.clock.now() + pause);
    } catch (fault) {
      this.logger.warn(`the claim on an event will end by itself: ${messageOf(fault)}`);
    }
    return 'postponed';
  }

  /** Tries until the database takes it: the listener is done, and another process would call it again. */
  private async remove({ id }: EventDelivery, isEnding: () => boolean): Promise<Outcome> {
    for (;;) {
      try {
        return (await this.deliveries.remove(id)) ? 'done' : 'lost';
      } catch (error) {
        if (isEnding()) return 'unknown';
        this.logger.warn(`a delivered event was not deleted yet: ${messageOf(error)}`);
        await sleep(REMOVAL_PAUSE_MS, undefined, { ref: false });
      }
    }
  }

  private logFailure(delivery: EventDelivery, error: unknown, consequence: string): void {
    const { listener, name, eventId, attempts } = delivery;
    this.logger.error(
      `the durable listener ${listener} failed at ${name} (${eventId}, attempt ${attempts + 1}) ${consequence}: ${messageOf(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
  }
}

/**
 * Runs a listener in a turn of its own: on SQLite, a transaction that it begins would otherwise surround the statements
 * of its caller.
 */
function inOwnTurn(work: () => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      Promise.resolve().then(work).then(resolve, reject);
    });
  });
}
