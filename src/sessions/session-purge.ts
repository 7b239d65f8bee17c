import { Injectable } from '@nestjs/common';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { SessionsRepository } from './sessions.repository.js';

/**
 * How long the row of a session stays after its end, so that the trail of a reused token can be followed. A token whose
 * row is gone is refused as one whose session has expired.
 */
const KEPT_MS = 7 * 86_400_000;
const BATCH_SIZE = 500;

/** Deletes sessions that expired long ago, the revoked ones among them; reuse is detected until then (S-168). */
@Injectable()
export class SessionPurge {
  constructor(
    private readonly repository: SessionsRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.add('expired sessions', () => this.purge());
  }

  private purge(): Promise<boolean> {
    const time = this.clock.now() - KEPT_MS;
    return this.database.transaction(
      (manager) => this.repository.deleteExpired(time, BATCH_SIZE, manager),
      () => Promise.resolve(true),
      NO_ACCESS,
    );
  }
}
