import { Injectable } from '@nestjs/common';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { OneTimeLinksRepository } from './one-time-links.repository.js';

const BATCH_SIZE = 500;

/** Deletes links that nobody has used in time (S-168). */
@Injectable()
export class LinksPurge {
  constructor(
    private readonly repository: OneTimeLinksRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.add('expired links', () => this.purge());
  }

  private purge(): Promise<boolean> {
    return this.database.transaction(
      (manager) => this.repository.deleteExpired(this.clock.now(), BATCH_SIZE, manager),
      () => Promise.resolve(true),
      NO_ACCESS,
    );
  }
}
