import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../../common/cache-invalidation.js';
import { Clock } from '../../common/clock.js';
import { groupBy } from '../../common/group-by.js';
import { isUniqueViolation } from '../../database/database-errors.js';
import { Database } from '../../database/database.js';
import type { AuditChain } from '../audit-chain.entity.js';
import type { AuditPending } from '../audit-pending.entity.js';
import type { AuditSeal } from '../audit-seal.entity.js';
import {
  BREAK,
  checkEnd,
  headOf,
  NO_ACCOUNT,
  sealMac,
  signEnd,
  START,
  type Link,
} from './links.js';
import { SealKeys } from './seal-keys.js';
import { SealsRepository, type SignedHead } from './seals.repository.js';

/** The end of the chain that rows are added to. */
interface Head extends Link {
  readonly accountId: string;
  readonly number: number;
  readonly chain: AuditChain | undefined;
}

/** Another instance has sealed rows of the account meanwhile. */
class LostRaceError extends Error {}

/** Seals rows: gives each its place in the chain of its account. */
@Injectable()
export class SealWriter {
  constructor(
    private readonly database: Database,
    private readonly seals: SealsRepository,
    private readonly keys: SealKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * Seals rows in one transaction, in the given order; rows that do not wait any more are left out.
   *
   * @param distrustsHead whether to look for seals beyond the heads of the chains, after a conflict
   * @returns false if another instance sealed rows of these accounts at the same time, so that nothing was done
   * @throws CodedException 50301
   */
  async seal(auditIds: readonly string[], distrustsHead = false): Promise<boolean> {
    try {
      await this.database.transaction(
        async (manager) => {
          await this.sealWaiting(auditIds, distrustsHead, manager);
          return true;
        },
        // After a lost COMMIT the rows are sealed, or wait still.
        () => Promise.resolve(undefined),
        NO_ACCESS,
      );
      return true;
    } catch (error) {
      if (error instanceof LostRaceError || isUniqueViolation(error)) return false;
      throw error;
    }
  }

  private async sealWaiting(
    auditIds: readonly string[],
    distrustsHead: boolean,
    manager: EntityManager,
  ): Promise<void> {
    const waiting = await this.seals.findWaiting(auditIds, manager);
    if (waiting.length === 0) return;
    const order = new Map(auditIds.map((id, index) => [id, index]));
    const placeOf = ({ auditId }: AuditPending) => order.get(auditId) ?? 0;
    const rows = waiting
      .filter(({ seal }) => !seal)
      .sort((left, right) => placeOf(left) - placeOf(right));
    const byAccount = groupBy(rows, ({ accountId }) => accountId);
    // In one order, so that no two instances wait for each other.
    const accountIds = [...byAccount.keys()].sort();
    if (accountIds.length > 0) {
      const heads = await this.headsOf(accountIds, distrustsHead, manager);
      const sealed = heads.map((head) => this.chained(head, byAccount.get(head.accountId) ?? []));
      await this.seals.insertSeals(sealed.flat(), manager);
      await this.moveHeads(heads, sealed, manager);
    }
    await this.seals.deleteWaiting(
      waiting.map(({ auditId }) => auditId),
      manager,
    );
  }

  private async headsOf(
    accountIds: readonly string[],
    distrustsHead: boolean,
    manager: EntityManager,
  ): Promise<Head[]> {
    const chains = await this.seals.findChains([NO_ACCOUNT, ...accountIds], manager);
    const chainOf = new Map(chains.map((chain) => [chain.accountId, chain]));
    const isNew = accountIds.some((accountId) => !chainOf.has(accountId));
    let newest = isNew ? await this.seals.newestNumber(manager) : 0;
    // The chain that counts the others is older than they are.
    const isCounted = newest === 0 || chainOf.has(NO_ACCOUNT);
    const heads: Head[] = [];
    for (const accountId of isNew ? new Set([NO_ACCOUNT, ...accountIds]) : accountIds) {
      const chain = chainOf.get(accountId);
      const isSound = chain ? this.isSigned(chain) : accountId !== NO_ACCOUNT || isCounted;
      const link =
        isSound && !distrustsHead
          ? linkOf(chain)
          : await this.realEnd(accountId, chain, isSound, manager);
      const number = chain?.number ?? ++newest;
      heads.push({ accountId, number, sequence: link.sequence, mac: link.mac, chain });
    }
    return heads;
  }

  /**
   * A head that was signed with a key that is not set any more is continued: the next seal names it. The seal at the
   * head then has such a key too, unless somebody has invented the key's id.
   */
  private isSigned(chain: AuditChain): boolean {
    const verdict = checkEnd(this.keys, 'head', headOf(chain), chain.headSignature);
    return verdict === 'right' || (verdict === 'unknown key' && !this.keys.knows(chain.headMac));
  }

  /** Where a chain goes on whose head may have been changed; the seal there shows for good that it was. */
  private async realEnd(
    accountId: string,
    chain: AuditChain | undefined,
    isSound: boolean,
    manager: EntityManager,
  ): Promise<Link> {
    const head = linkOf(chain);
    const newest = await this.seals.findNewestSeal(accountId, manager);
    const last = newest?.sequence ?? 0;
    if (isSound && last <= head.sequence) return head;
    return { sequence: Math.max(last, head.sequence), mac: BREAK };
  }

  private chained(head: Head, rows: readonly AuditPending[]): AuditSeal[] {
    let { mac: before } = head;
    return rows.map(({ accountId, auditId, rowMac }, index) => {
      const row = { accountId, sequence: head.sequence + 1 + index, auditId, rowMac };
      before = sealMac(this.keys, before, row);
      return { ...row, mac: before };
    });
  }

  private async moveHeads(
    heads: readonly Head[],
    sealed: readonly AuditSeal[][],
    manager: EntityManager,
  ): Promise<void> {
    const modifiedAt = this.clock.now();
    const newest = Math.max(...heads.map(({ number }) => number));
    for (const [index, { accountId, number, chain, ...before }] of heads.entries()) {
      const { sequence, mac } = sealed[index]?.at(-1) ?? before;
      const newestNumber =
        accountId === NO_ACCOUNT ? Math.max(newest, chain?.newestNumber ?? 0) : 0;
      const end = { accountId, number, newestNumber, sequence, mac };
      const head = {
        newestNumber,
        headSequence: sequence,
        headMac: mac,
        headSignature: signEnd(this.keys, 'head', end),
        modifiedAt,
      };
      if (!chain) await this.seals.insertChain(this.newChain(accountId, number, head), manager);
      else if (!(await this.seals.moveHead(chain, head, manager))) throw new LostRaceError();
    }
  }

  private newChain(accountId: string, number: number, head: SignedHead): AuditChain {
    return {
      accountId,
      number,
      ...head,
      anchorSequence: START.sequence,
      anchorMac: START.mac,
      anchorSignature: signEnd(this.keys, 'anchor', { accountId, number, ...START }),
    };
  }
}

function linkOf(chain: AuditChain | undefined): Link {
  return chain ? headOf(chain) : START;
}
