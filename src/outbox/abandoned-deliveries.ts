import { Injectable, Logger } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import { DurableListeners } from '../events/durable-listeners.js';
import { EventDeliveriesRepository } from './event-deliveries.repository.js';
import { KEPT_MS } from './kept.js';

const MINUTE_MS = 60_000;
const PURGE_INTERVAL_MS = 60 * MINUTE_MS;
const PURGE_BATCH_SIZE = 500;

/** Deletes the deliveries of listeners that no process knows any more (S-168). */
@Injectable()
export class AbandonedDeliveries {
  private readonly logger = new Logger(AbandonedDeliveries.name);
  /** On the monotonic clock; some minutes after the start, because a deployment may start many processes at once. */
  private nextPurge = performance.now() + randomInt(MINUTE_MS, 10 * MINUTE_MS);

  constructor(
    private readonly database: Database,
    private readonly repository: EventDeliveriesRepository,
    private readonly listeners: DurableListeners,
    private readonly clock: Clock,
  ) {}

  /** Purges once an hour, however often it is called. */
  async purgeIfDue(): Promise<void> {
    if (performance.now() < this.nextPurge) return;
    this.nextPurge = performance.now() + PURGE_INTERVAL_MS;
    await this.purge();
  }

  async purge(): Promise<void> {
    const known = this.listeners.names;
    if (known.length === 0) return;
    const since = this.clock.now() - KEPT_MS;
    const listeners = new Set<string>();
    let total = 0;
    for (let size = PURGE_BATCH_SIZE; size === PURGE_BATCH_SIZE;) {
      const rows = await this.database.read((manager) =>
        this.repository.findAbandoned(known, since, PURGE_BATCH_SIZE, manager),
      );
      size = rows.length;
      if (size === 0) break;
      for (const { listener } of rows) listeners.add(listener);
      const ids = rows.map(({ id }) => id);
      await this.database.write(
        (manager) => this.repository.discard(ids, manager),
        () => Promise.resolve(undefined),
        NO_ACCESS,
      );
      total += size;
    }
    if (total === 0) return;
    const names = [...listeners].join(', ');
    this.logger.warn(
      `${total} events of 7 days ago were deleted, because no process has the durable listeners ${names}`,
    );
  }
}
