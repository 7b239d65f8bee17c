import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual, type EntityManager } from 'typeorm';
import { given } from '../../database/given.js';
import { AuditChain } from '../audit-chain.entity.js';
import { AuditPending } from '../audit-pending.entity.js';
import { AuditRecord } from '../audit-record.entity.js';
import { AuditSeal } from '../audit-seal.entity.js';

/** A row that waits for its seal; it has one already where a former entry was put back. */
interface WaitingRow extends AuditPending {
  readonly seal?: AuditSeal | null;
}

export type SignedHead = Pick<
  AuditChain,
  'newestNumber' | 'headSequence' | 'headMac' | 'headSignature' | 'modifiedAt'
>;

/** Reads and writes the seals of audit rows. It locks no row that a request needs. */
@Injectable()
export class SealsRepository {
  /** Rows that have waited since before that time, oldest first. */
  async findWaitingSince(
    before: number,
    take: number,
    manager: EntityManager,
  ): Promise<AuditPending[]> {
    return manager
      .createQueryBuilder(AuditPending, 'pending')
      .leftJoin(AuditRecord, 'record', 'record.id = pending.auditId')
      .where('record.createdAt < :before OR record.id IS NULL', { before })
      .orderBy('record.createdAt')
      .limit(take)
      .getMany();
  }

  async findWaiting(auditIds: readonly string[], manager: EntityManager): Promise<WaitingRow[]> {
    return manager
      .createQueryBuilder(AuditPending, 'pending')
      .leftJoinAndMapOne('pending.seal', AuditSeal, 'seal', 'seal.auditId = pending.auditId')
      .where({ auditId: In([...auditIds]) })
      .getMany();
  }

  findChains(accountIds: readonly string[], manager: EntityManager): Promise<AuditChain[]> {
    return manager.findBy(AuditChain, { accountId: In([...accountIds]) });
  }

  /** The largest number that a chain has ever had, 0 before there is any. */
  async newestNumber(manager: EntityManager): Promise<number> {
    const numbers = await manager
      .createQueryBuilder(AuditChain, 'chain')
      .select('MAX(chain.number)', 'present')
      .addSelect('MAX(chain.newestNumber)', 'counted')
      .getRawOne<{ present: string | number | null; counted: string | number | null }>();
    return Math.max(Number(numbers?.present ?? 0), Number(numbers?.counted ?? 0));
  }

  findNewestSeal(accountId: string, manager: EntityManager): Promise<AuditSeal | null> {
    return manager.findOne(AuditSeal, {
      where: given({ accountId }),
      order: { sequence: 'DESC' },
    });
  }

  async insertSeals(seals: AuditSeal[], manager: EntityManager): Promise<void> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(AuditSeal)
      .values(seals)
      .updateEntity(false)
      .execute();
  }

  async insertChain(chain: AuditChain, manager: EntityManager): Promise<void> {
    await manager.insert(AuditChain, chain);
  }

  /** Moves the head of a chain from where it was read; returns whether it still was there. */
  async moveHead(
    { accountId, headSequence, newestNumber }: AuditChain,
    head: SignedHead,
    manager: EntityManager,
  ): Promise<boolean> {
    const from = given({ accountId, headSequence, newestNumber });
    const { affected } = await manager.update(AuditChain, from, head);
    return affected === 1;
  }

  /** Moves the anchor of a chain from where it was read; returns whether it still was there. */
  async moveAnchor(
    { accountId, anchorSequence }: Pick<AuditChain, 'accountId' | 'anchorSequence'>,
    anchor: Pick<AuditChain, 'anchorSequence' | 'anchorMac' | 'anchorSignature' | 'modifiedAt'>,
    manager: EntityManager,
  ): Promise<boolean> {
    const from = given({ accountId, anchorSequence });
    const { affected } = await manager.update(AuditChain, from, anchor);
    return affected === 1;
  }

  async deleteUpTo(accountId: string, sequence: number, manager: EntityManager): Promise<void> {
    await manager.delete(AuditSeal, given({ accountId, sequence: LessThanOrEqual(sequence) }));
  }

  async deleteRows(auditIds: readonly string[], manager: EntityManager): Promise<void> {
    await manager.delete(AuditRecord, { id: In([...auditIds]) });
  }

  async deleteWaiting(auditIds: readonly string[], manager: EntityManager): Promise<void> {
    await manager.delete(AuditPending, { auditId: In([...auditIds]) });
  }
}
