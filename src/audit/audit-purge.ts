import { Inject, Injectable } from '@nestjs/common';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { AuditCountsRepository } from './audit-counts.repository.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-options.js';
import { ChainPurge } from './seal/chain-purge.js';

const BATCH_SIZE = 500;
/** Most accounts have few rows a day: the first batch of each is small. */
const FIRST_BATCH_SIZE = 16;
const ACCOUNTS = 100;

/** Deletes records and counters whose retention has ended. */
@Injectable()
export class AuditPurge {
  /** The accounts of this run that are known and not done, and the last one that is known. */
  private accounts: string[] = [];
  private after: string | undefined;
  private take = FIRST_BATCH_SIZE;

  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: AuditOptions,
    private readonly counts: AuditCountsRepository,
    private readonly chains: ChainPurge,
    private readonly database: Database,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.add('rows of the audit trail', () => this.purgeRecords());
    housekeeping.add('counters of the audit trail', () => this.purgeCounts());
  }

  /** One batch of one account; each account is purged to its end before the next one. */
  private async purgeRecords(): Promise<boolean> {
    const time = this.clock.now() - this.options.retentionMs;
    const accountId = this.accounts.shift() ?? (await this.nextAccount(time));
    if (accountId === undefined) return false;
    const hasMore = await this.chains.purge(accountId, time, this.take);
    if (hasMore) this.accounts.unshift(accountId);
    this.take = hasMore ? BATCH_SIZE : FIRST_BATCH_SIZE;
    return true;
  }

  private async nextAccount(time: number): Promise<string | undefined> {
    this.accounts = await this.chains.accountsBefore(time, this.after, ACCOUNTS);
    // The next run begins with the first account again.
    this.after = this.accounts.at(-1);
    return this.accounts.shift();
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
