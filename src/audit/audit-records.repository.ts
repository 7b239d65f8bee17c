import { Injectable } from '@nestjs/common';
import { type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { newestFirst } from '../database/newest-first.js';
import { AuditPending } from './audit-pending.entity.js';
import { AuditRecord } from './audit-record.entity.js';
import { NO_ACCOUNT, rowMac } from './seal/links.js';
import { SealKeys } from './seal/seal-keys.js';

/** Conditions of a list of records. */
export interface AuditFilters {
  readonly event?: string | undefined;
  readonly actorId?: string | undefined;
  readonly targetId?: string | undefined;
  /** Earliest and latest time, in ms since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

@Injectable()
export class AuditRecordsRepository {
  constructor(private readonly keys: SealKeys) {}

  /** Inserts records, and notes that they wait for their seals. */
  async insert(records: readonly AuditRecord[], manager: EntityManager): Promise<void> {
    const pending = records.map((record) => ({
      auditId: record.id,
      accountId: record.accountId ?? NO_ACCOUNT,
      rowMac: rowMac(this.keys, { ...record }),
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
