import { Inject, Injectable } from '@nestjs/common';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { AuditCountsRepository } from './audit-counts.repository.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-options.js';
import { AuditRecordsRepository } from './audit-records.repository.js';
import { ChainPurge } from './seal/chain-purge.js';
import { NO_ACCOUNT } from './seal/links.js';

const BATCH_SIZE = 500;

/** Deletes records and counters whose retention has ended. */
@Injectable()
export class AuditPurge {
  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: AuditOptions,
    private readonly records: AuditRecordsRepository,
    private readonly counts: AuditCountsRepository,
    private readonly chains: ChainPurge,
    private readonly database: Database,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.add('rows of the audit trail', () => this.purgeRecords());
    housekeeping.add('counters of the audit trail', () => this.purgeCounts());
  }

  private async purgeRecords(): Promise<boolean> {
    const time = this.clock.now() - this.options.retentionMs;
    const accounts = await this.database.readAtLength((manager) =>
      this.records.accountsBefore(time, manager),
    );
    let hasMore = false;
    for (const accountId of accounts) {
      hasMore = (await this.chains.purge(accountId ?? NO_ACCOUNT, time)) || hasMore;
    }
    return hasMore;
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
