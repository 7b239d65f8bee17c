import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { messageOf } from '../common/errors/message-of.js';
import { Database } from '../database/database.js';
import { auditEntry } from '../events/audit-entry.js';
import { EventBus } from '../events/event-bus.js';
import type { DomainEvent } from '../events/gatehouse-event.js';
import { AuditCountsRepository } from './audit-counts.repository.js';
import type { AuditRecord } from './audit-record.entity.js';
import { AuditRecordsRepository } from './audit-records.repository.js';
import { recordOf } from './record-of.js';
import { RefusalBatch } from './refusal-batch.js';
import { RefusalPlanner } from './refusal-plan.js';
import { Sealer } from './seal/sealer.js';

/** Writes the audit trail: an act with the transaction that decides it, and a refusal before its answer (S-152). */
@Injectable()
export class AuditRecorder {
  private readonly logger = new Logger('Audit trail');
  private readonly planner = new RefusalPlanner();
  private readonly batch = new RefusalBatch<DomainEvent>((refusals) => this.store(refusals));

  constructor(
    private readonly records: AuditRecordsRepository,
    private readonly counts: AuditCountsRepository,
    private readonly sealer: Sealer,
    private readonly database: Database,
    private readonly events: EventBus,
  ) {
    events.recordWith((acts, manager) => this.recordActs(acts, manager));
    events.storeRefusalsWith((refusals, within) => this.storeRefusals(refusals, within));
  }

  private async recordActs(acts: readonly DomainEvent[], manager: EntityManager): Promise<void> {
    const rows = acts
      .filter(({ name }) => name !== 'session.refreshed')
      .map((act) => recordOf(auditEntry(act)));
    if (rows.length > 0) await this.insert(rows, manager);
  }

  private async insert(rows: readonly AuditRecord[], manager: EntityManager): Promise<void> {
    await this.records.insert(rows, manager);
    // Most are committed when the sealer looks; it finds the others a little later.
    this.sealer.wake(rows);
  }

  /** @throws CodedException 50301, in place of the refusal (S-144) */
  private async storeRefusals(
    refusals: readonly DomainEvent[],
    within: EntityManager | undefined,
  ): Promise<void> {
    // Now, the rows would need a second connection, which may become free only when such transactions end.
    const ended = () => void this.batch.add(refusals).catch((error: unknown) => this.warn(error));
    if (this.database.afterHostTransaction(within, ended)) return;
    try {
      await this.batch.add(refusals);
    } catch (cause) {
      if (cause instanceof CodedException) throw cause;
      throw new CodedException(ERROR.UNAVAILABLE, { cause });
    }
  }

  private warn(error: unknown): void {
    this.logger.error(
      `a refusal within a transaction of the application has no row: ${messageOf(error)}`,
    );
  }

  private async store(refusals: readonly DomainEvent[]): Promise<void> {
    const plan = this.planner.plan(refusals.map((refusal) => auditEntry(refusal)));
    const rows = plan.records.map((entry) => recordOf(entry));
    const [first] = rows;
    await this.database.transaction(
      async (manager) => {
        if (first) await this.insert(rows, manager);
        for (const count of plan.counts) await this.counts.add(count, manager);
        await this.events.recordRefusals(refusals, manager);
        return null;
      },
      // Counters alone have no id to look for: their refusals are answered as failed.
      async (manager) => (first && (await this.records.has(first.id, manager)) ? null : undefined),
      NO_ACCESS,
    );
    this.planner.remember(plan);
  }
}
