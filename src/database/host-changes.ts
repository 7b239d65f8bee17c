import { Logger } from '@nestjs/common';
import type { EntityManager, EntitySubscriberInterface } from 'typeorm';
import type { CacheInvalidation, ChangedRows } from '../common/cache-invalidation.js';
import { messageOf } from '../common/errors/message-of.js';
import type { EventBus } from '../events/event-bus.js';
import type { DomainEvent } from '../events/gatehouse-event.js';
import type { Dialect } from './dialects/dialect.js';
import { HostTransactions, type Admission, type Aftermath } from './host-transactions.js';
import {
  eventsAfterLookUp,
  recording,
  type Change,
  type Recorded,
  type Work,
} from './recorded-change.js';

/** Makes our changes part of a host's transaction (ADR 23): their events and effects on caches follow its commit. */
export class HostChanges {
  private readonly logger = new Logger('Database');
  private readonly transactions: HostTransactions;

  /** @param read runs a read on a connection of its own */
  constructor(
    private readonly dialect: Dialect,
    private readonly changes: CacheInvalidation,
    private readonly events: EventBus,
    private readonly read: <T>(work: Work<T>) => Promise<T>,
  ) {
    this.transactions = new HostTransactions((answer) => dialect.isRollback?.(answer));
  }

  /** Learns how the host's transactions end. */
  get subscriber(): EntitySubscriberInterface {
    return this.transactions;
  }

  /** @throws Error for a manager without an open transaction on our DataSource */
  admit({ queryRunner }: EntityManager): Admission {
    const holder = queryRunner && (this.dialect.transactionHolder?.(queryRunner) ?? queryRunner);
    return this.transactions.admit(queryRunner, holder);
  }

  /** Runs one statement, without a savepoint. */
  async statement<T>(within: EntityManager, work: Work<T>, changed: ChangedRows): Promise<T> {
    const report = () => this.afterwards(changed);
    const aftermathOf = () => ({ committed: report, undone: report });
    return this.transactions.statement(within, this.admit(within), work, aftermathOf);
  }

  /** Runs the work of a change in a savepoint. */
  async change<T>(within: EntityManager, change: Change<T>): Promise<T> {
    const { changed } = change;
    const aftermathOf = (recorded: Recorded<T>): Aftermath => ({
      committed: () => this.afterwards(changed, recorded.events),
      undone: (isUnknown) => {
        this.afterwards(changed);
        if (isUnknown) void this.publishIfCommitted(change, recorded);
      },
    });
    const admission = this.admit(within);
    const work = recording(change, this.events);
    return (await this.transactions.change(within, admission, work, aftermathOf)).result;
  }

  /** Calls back after the end of a transaction, however it ends. */
  afterEnd(within: EntityManager, ended: () => void): void {
    this.transactions.afterEnd(this.admit(within), ended);
  }

  private afterwards(changed: ChangedRows, events: readonly DomainEvent[] = []): void {
    try {
      this.changes.reportChange(changed);
      this.events.publish(events);
    } catch (error) {
      this.logger.error(`after a transaction of the application: ${messageOf(error)}`);
    }
  }

  /** After a lost COMMIT of the host, in the background: the host has got the error of its driver. */
  private async publishIfCommitted<T>(
    change: Change<T>,
    { result, events }: Recorded<T>,
  ): Promise<void> {
    // SQLite has no connection that could be lost, and its transaction is still open here.
    if (!this.dialect.hasRowLocks) return;
    try {
      const found = await this.read((manager) => change.findOutcome(manager, result)).finally(() =>
        // A request may have read the old rows before the server committed.
        this.changes.reportChange(change.changed),
      );
      this.events.publish(eventsAfterLookUp(change, found, events));
    } catch (error) {
      this.logger.error(`the outcome of a COMMIT is unknown: ${messageOf(error)}`);
    }
  }
}
