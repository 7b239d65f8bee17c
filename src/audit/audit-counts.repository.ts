import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { LessThan, type EntityManager } from 'typeorm';
import { given } from '../database/given.js';
import { AuditCount } from './audit-count.entity.js';
import { fitted, fittedId, MAX_REASON_LENGTH } from './record-of.js';
import type { CountedRefusals } from './refusal-plan.js';

@Injectable()
export class AuditCountsRepository {
  private readonly instanceId = randomUUID();

  /** Adds to a counter of this instance. */
  async add(counted: CountedRefusals, manager: EntityManager): Promise<void> {
    const { minute, counterKey, event, accountId, occurrences } = counted;
    const key = { minute, instanceId: this.instanceId, counterKey };
    const { affected } = await manager.increment(
      AuditCount,
      given(key),
      'occurrences',
      occurrences,
    );
    if (affected) return;
    await manager.insert(AuditCount, {
      ...key,
      event,
      accountId: fittedId(accountId),
      reason: fitted(counted.reason, MAX_REASON_LENGTH),
      occurrences,
    });
  }

  /** Deletes some of the counters from before a time; returns whether there may be more. */
  async deleteBefore(time: number, take: number, manager: EntityManager): Promise<boolean> {
    const minutes = await manager
      .createQueryBuilder(AuditCount, 'count')
      .select('count.minute', 'minute')
      .where('count.minute < :time', { time })
      .orderBy('count.minute', 'ASC')
      .limit(take)
      .getRawMany<{ minute: string | number }>();
    const last = minutes.at(-1);
    if (last === undefined) return false;
    await manager.delete(AuditCount, { minute: LessThan(Number(last.minute) + 1) });
    return minutes.length === take;
  }
}
