import { Injectable } from '@nestjs/common';
import { In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { newestFirst } from '../database/newest-first.js';
import { AuditPending } from './audit-pending.entity.js';
import { AuditRecord } from './audit-record.entity.js';

/** Conditions of a list of records. */
export interface AuditFilters {
  readonly event?: string | undefined;
  readonly actorId?: string | undefined;
  readonly targetId?: string | undefined;
  /** Earliest and latest time, in ms since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Stands for `null` in the tables of seals, whose keys cannot be `null`. */
const NO_ACCOUNT = '';

@Injectable()
export class AuditRecordsRepository {
  /** Inserts records, and notes that they wait for their seals. */
  async insert(records: readonly AuditRecord[], manager: EntityManager): Promise<void> {
    const pending = records.map(({ id, accountId }) => ({
      auditId: id,
      accountId: accountId ?? NO_ACCOUNT,
    }));
    await insertAll(AuditRecord, records, manager);
    await insertAll(AuditPending, pending, manager);
  }

  has(id: string, manager: EntityManager): Promise<boolean> {
    return manager.existsBy(AuditRecord, { id });
  }

  /** Newest first. */
  findPage(
    accountId: string,
    filters: AuditFilters,
    after: Position | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<AuditRecord[]> {
    const query = manager
      .createQueryBuilder(AuditRecord, 'record')
      .where('record.accountId = :accountId', { accountId });
    return newestFirst(filtered(query, filters), after, take).getMany();
  }

  /** The accounts with records from before a time; `null` for the records without an account. */
  async accountsBefore(time: number, manager: EntityManager): Promise<(string | null)[]> {
    const rows = await manager
      .createQueryBuilder(AuditRecord, 'record')
      .select('record.accountId', 'accountId')
      .distinct()
      .where('record.createdAt < :time', { time })
      .getRawMany<{ accountId: string | null }>();
    return rows.map(({ accountId }) => accountId);
  }

  /** The oldest records of an account from before a time, oldest first. */
  findBefore(
    accountId: string | null,
    time: number,
    take: number,
    manager: EntityManager,
  ): Promise<AuditRecord[]> {
    const query = manager
      .createQueryBuilder(AuditRecord, 'record')
      .where('record.createdAt < :time', { time });
    if (accountId === null) query.andWhere('record.accountId IS NULL');
    else query.andWhere('record.accountId = :accountId', { accountId });
    return query
      .orderBy('record.createdAt', 'ASC')
      .addOrderBy('record.id', 'ASC')
      .limit(take)
      .getMany();
  }

  async delete(ids: readonly string[], manager: EntityManager): Promise<void> {
    await manager.delete(AuditRecord, { id: In([...ids]) });
  }
}

function filtered(
  query: SelectQueryBuilder<AuditRecord>,
  { event, actorId, targetId, from, to }: AuditFilters,
): SelectQueryBuilder<AuditRecord> {
  if (event !== undefined) query.andWhere('record.event = :event', { event });
  if (actorId !== undefined) query.andWhere('record.actorId = :actorId', { actorId });
  if (targetId !== undefined) query.andWhere('record.targetId = :targetId', { targetId });
  if (from !== undefined) query.andWhere('record.createdAt >= :from', { from });
  if (to !== undefined) query.andWhere('record.createdAt <= :to', { to });
  return query;
}

/** One statement; it needs no right but INSERT (S-153). */
async function insertAll<T extends object>(
  entity: new () => T,
  rows: readonly T[],
  manager: EntityManager,
): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(entity)
    .values([...rows] as never)
    .updateEntity(false)
    .execute();
}
