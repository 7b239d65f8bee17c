import { Injectable, Logger } from '@nestjs/common';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { DurableListeners } from '../events/durable-listeners.js';
import { EventDeliveriesRepository } from './event-deliveries.repository.js';
import { KEPT_MS } from './kept.js';

const BATCH_SIZE = 500;

/** Deletes the deliveries of listeners that no process knows any more (S-168). */
@Injectable()
export class AbandonedDeliveries {
  private readonly logger = new Logger(AbandonedDeliveries.name);

  constructor(
    private readonly database: Database,
    private readonly repository: EventDeliveriesRepository,
    private readonly listeners: DurableListeners,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.add('events of removed listeners', () => this.purge());
  }

  /** Deletes a batch; returns whether there may be more. */
  async purge(): Promise<boolean> {
    const since = this.clock.now() - KEPT_MS;
    const rows = await this.database.read((manager) =>
      this.repository.findAbandoned(this.listeners.names, since, BATCH_SIZE, manager),
    );
    if (rows.length === 0) return false;
    const ids = rows.map(({ id }) => id);
    await this.database.write(
      (manager) => this.repository.discard(ids, manager),
      () => Promise.resolve(undefined),
      NO_ACCESS,
    );
    const names = [...new Set(rows.map(({ listener }) => listener))].join(', ');
    this.logger.warn(
      `${rows.length} events of 7 days ago were deleted, because no process has the durable listeners ${names}`,
    );
    return rows.length === BATCH_SIZE;
  }
}
