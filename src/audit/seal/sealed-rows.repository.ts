import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan, type EntityManager } from 'typeorm';
import { given } from '../../database/given.js';
import { AuditChain } from '../audit-chain.entity.js';
import { AuditPending } from '../audit-pending.entity.js';
import { AuditRecord } from '../audit-record.entity.js';
import { AuditSeal } from '../audit-seal.entity.js';

/** A seal and its row. */
export interface SealWithRow extends AuditSeal {
  readonly row?: AuditRecord | null;
}

/** A row, with its seal or its place among those that wait for one. */
export interface RowWithSeal extends AuditRecord {
  readonly seal?: AuditSeal | null;
  readonly pending?: AuditPending | null;
}

/** Reads the audit trail in pages, for its verification. */
@Injectable()
export class SealedRowsRepository {
  /** Accounts that have a chain. */
  async findAccounts(
    after: string | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<string[]> {
    const chains = await manager.find(AuditChain, {
      select: { accountId: true },
      // The empty id of rows without an account comes first.
      where: after === undefined ? {} : { accountId: MoreThan(after) },
      order: { accountId: 'ASC' },
      take,
    });
    return chains.map(({ accountId }) => accountId);
  }

  /** Accounts with seals whose chain is gone. */
  async findAccountsWithoutChain(manager: EntityManager): Promise<string[]> {
    const rows = await manager
      .createQueryBuilder(AuditSeal, 'seal')
      .select('seal.accountId', 'accountId')
      .leftJoin(AuditChain, 'chain', 'chain.accountId = seal.accountId')
      .where('chain.accountId IS NULL')
      .groupBy('seal.accountId')
      .orderBy('seal.accountId')
      .getRawMany<{ accountId: string }>();
    return rows.map(({ accountId }) => accountId);
  }

  /** Accounts whose oldest sealed row is from before a time or missing. It reads one row of each chain. */
  async findAccountsBefore(
    time: number,
    after: string | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<string[]> {
    const first = 'seal.accountId = chain.accountId AND seal.sequence = chain.anchorSequence + 1';
    const chains = await manager
      .createQueryBuilder(AuditChain, 'chain')
      .select('chain.accountId', 'accountId')
      .leftJoin(AuditSeal, 'seal', first)
      .leftJoin(AuditRecord, 'row', 'row.id = seal.auditId')
      .where(after === undefined ? {} : { accountId: MoreThan(after) })
      .andWhere('chain.headSequence > chain.anchorSequence')
      .andWhere('(row.id IS NULL OR row.createdAt < :time)', { time })
      .orderBy('chain.accountId')
      .limit(take)
      .getRawMany<{ accountId: string }>();
    return chains.map(({ accountId }) => accountId);
  }

  findChain(accountId: string, manager: EntityManager): Promise<AuditChain | null> {
    return manager.findOneBy(AuditChain, given({ accountId }));
  }

  /** How many chains there are, and how many should be; 0 before there is any. */
  async countChains(manager: EntityManager): Promise<{ count: number; newest: number }> {
    const numbers = await manager
      .createQueryBuilder(AuditChain, 'chain')
      .select('COUNT(*)', 'count')
      .addSelect('MAX(chain.newestNumber)', 'newest')
      .getRawOne<{ count: string | number; newest: string | number | null }>();
    return { count: Number(numbers?.count ?? 0), newest: Number(numbers?.newest ?? 0) };
  }

  async findSeals(
    accountId: string,
    after: number,
    take: number,
    manager: EntityManager,
  ): Promise<SealWithRow[]> {
    return manager
      .createQueryBuilder(AuditSeal, 'seal')
      .leftJoinAndMapOne('seal.row', AuditRecord, 'row', 'row.id = seal.auditId')
      .where({ accountId, sequence: MoreThan(after) })
      .orderBy('seal.sequence')
      .limit(take)
      .getMany();
  }

  /** Ids of rows, of one account or of all, and which of them have no seal. */
  async findRowIds(
    accountId: string | undefined,
    after: string | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<{ id: string; sealedId: string | null }[]> {
    // PostgreSQL would join the seals from their beginning for each page; no id is smaller than ''.
    const joined = 'seal.auditId = row.id AND seal.auditId > :after';
    const query = manager
      .createQueryBuilder(AuditRecord, 'row')
      .select('row.id', 'id')
      .addSelect('seal.auditId', 'sealedId')
      .leftJoin(AuditSeal, 'seal', joined, { after: after ?? '' })
      .where(after === undefined ? {} : { id: MoreThan(after) });
    if (accountId !== undefined) query.andWhere(ofAccount(accountId));
    return query.orderBy('row.id').limit(take).getRawMany();
  }

  async findRows(ids: readonly string[], manager: EntityManager): Promise<RowWithSeal[]> {
    return manager
      .createQueryBuilder(AuditRecord, 'row')
      .leftJoinAndMapOne('row.seal', AuditSeal, 'seal', 'seal.auditId = row.id')
      .leftJoinAndMapOne('row.pending', AuditPending, 'pending', 'pending.auditId = row.id')
      .where({ id: In([...ids]) })
      .getMany();
  }

  hasPending(manager: EntityManager): Promise<boolean> {
    return manager.exists(AuditPending);
  }

  /** Entries for a seal whose row is gone. */
  async findPendingWithoutRow(
    accountId: string | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<AuditPending[]> {
    const query = manager
      .createQueryBuilder(AuditPending, 'pending')
      .leftJoin(AuditRecord, 'row', 'row.id = pending.auditId')
      .where('row.id IS NULL');
    if (accountId !== undefined) query.andWhere({ accountId });
    return query.limit(take).getMany();
  }
}

function ofAccount(accountId: string): object {
  return { accountId: accountId === '' ? IsNull() : accountId };
}
