import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { AuditCountsRepository } from './audit-counts.repository.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-options.js';
import type { AuditRecord } from './audit-record.entity.js';
import { AuditRecordsRepository } from './audit-records.repository.js';

/**
 * Prepares the deletion of records of one account, in its transaction.
 *
 * @param accountId `null` for records without an account
 * @param records oldest first
 * @returns the ids of those that may be deleted
 */
export type PurgePreparation = (
  accountId: string | null,
  records: readonly AuditRecord[],
  manager: EntityManager,
) => Promise<readonly string[]>;

const BATCH_SIZE = 500;

/** Deletes records and counters whose retention has ended. */
@Injectable()
export class AuditPurge {
  private prepare: PurgePreparation = (_, records) => Promise.resolve(records.map(({ id }) => id));

  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: AuditOptions,
    private readonly records: AuditRecordsRepository,
    private readonly counts: AuditCountsRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.add('rows of the audit trail', () => this.purgeRecords());
    housekeeping.add('counters of the audit trail', () => this.purgeCounts());
  }

  /** Called by the part that must know which records go. */
  prepareWith(prepare: PurgePreparation): void {
    this.prepare = prepare;
  }

  private async purgeRecords(): Promise<boolean> {
    const time = this.clock.now() - this.options.retentionMs;
    const accounts = await this.database.readAtLength((manager) =>
      this.records.accountsBefore(time, manager),
    );
    let hasMore = false;
    for (const accountId of accounts) hasMore = (await this.purgeOf(accountId, time)) || hasMore;
    return hasMore;
  }

  /** @returns whether there may be more that can be deleted */
  private purgeOf(accountId: string | null, time: number): Promise<boolean> {
    return this.database.transaction(
      async (manager) => {
        const records = await this.records.findBefore(accountId, time, BATCH_SIZE, manager);
        const ids = await this.prepare(accountId, records, manager);
        if (ids.length > 0) await this.records.delete(ids, manager);
        return ids.length === BATCH_SIZE;
      },
      () => Promise.resolve(true),
      NO_ACCESS,
    );
  }

  private purgeCounts(): Promise<boolean> {
    const time = this.clock.now() - this.options.retentionMs;
    return this.database.transaction(
      (manager) => this.counts.deleteBefore(time, BATCH_SIZE, manager),
      () => Promise.resolve(true),
      NO_ACCESS,
    );
  }
}
