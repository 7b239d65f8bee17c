import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../../common/cache-invalidation.js';
import { Clock } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import type { AuditChain } from '../audit-chain.entity.js';
import { Findings } from './audit-verification.js';
import { ChainWalk } from './chain-walk.js';
import { anchorOf, checkEnd, headOf, signEnd } from './links.js';
import { keyIdOf, SealKeys } from './seal-keys.js';
import { SEAL_OPTIONS, type SealOptions } from './seal-options.js';
import { SealedRowsRepository, type SealWithRow } from './sealed-rows.repository.js';
import { SealsRepository } from './seals.repository.js';

/** Removes the oldest rows of a chain, which then begins at a signed anchor. */
@Injectable()
export class ChainPurge {
  private readonly logger = new Logger('Audit seal');

  constructor(
    private readonly database: Database,
    private readonly rows: SealedRowsRepository,
    private readonly seals: SealsRepository,
    private readonly keys: SealKeys,
    private readonly clock: Clock,
    @Inject(SEAL_OPTIONS) private readonly options: SealOptions,
  ) {}

  /** Accounts that may have rows from before a time, in their order. */
  accountsBefore(before: number, after: string | undefined, take: number): Promise<string[]> {
    return this.database.readAtLength((manager) =>
      this.rows.findAccountsBefore(before, after, take, manager),
    );
  }

  /**
   * Deletes a batch of the oldest rows of an account with their seals, in one transaction. Rows without a seal stay. So
   * do rows that are not as they were sealed: an attacker could make them look old, to have them deleted.
   *
   * @param accountId empty for rows without an account
   * @param before rows that are older are deleted
   * @param take most rows of the batch
   * @returns whether there may be more
   * @throws CodedException 50301
   */
  purge(accountId: string, before: number, take: number): Promise<boolean> {
    return this.database.transaction(
      (manager) => this.purgeBatch(accountId, before, take, manager),
      // After a lost COMMIT the rows are gone, or found again.
      () => Promise.resolve(true),
      NO_ACCESS,
    );
  }

  private async purgeBatch(
    accountId: string,
    before: number,
    take: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const chain = await this.rows.findChain(accountId, manager);
    if (!chain) return false;
    const { anchorSequence } = chain;
    const page = await this.rows.findSeals(accountId, anchorSequence, take + 1, manager);
    const oldest = oldestOf(page.slice(0, take), before);
    const last = oldest.at(-1);
    if (!last) return false;
    if (!this.areGenuine(chain, oldest, page[oldest.length])) {
      const present = await this.rows.findChain(accountId, manager);
      // Another instance has purged the chain between the reads.
      if (present?.anchorSequence !== anchorSequence) return false;
      this.logger.error(
        `rows of the audit trail of ${accountId || 'no account'} that are to be purged are not as they were sealed, and stay: verify the trail`,
      );
      return false;
    }
    const { sequence, mac } = last;
    const anchor = {
      anchorSequence: sequence,
      anchorMac: mac,
      anchorSignature: signEnd(this.keys, 'anchor', { ...anchorOf(chain), sequence, mac }),
      modifiedAt: this.clock.now(),
    };
    // Another instance purges the same chain.
    if (!(await this.seals.moveAnchor(chain, anchor, manager))) return false;
    await this.seals.deleteUpTo(accountId, sequence, manager);
    const ids = oldest.map(({ auditId }) => auditId);
    await this.seals.deleteRows(ids, manager);
    return oldest.length === take;
  }

  /**
   * @param next the seal that follows: it confirms the last one, as the head does where none follows
   */
  private areGenuine(
    chain: AuditChain,
    oldest: readonly SealWithRow[],
    next: SealWithRow | undefined,
  ): boolean {
    const findings = new Findings();
    const walk = new ChainWalk(this.keys, findings, chain.accountId);
    const anchor = anchorOf(chain);
    const verdict = checkEnd(this.keys, 'anchor', anchor, chain.anchorSignature);
    walk.beginAt(anchor);
    for (const { row, ...seal } of next ? [...oldest, next] : oldest) {
      walk.step(seal, row ? { ...row } : undefined);
    }
    if (!next) walk.finish(headOf(chain), chain.headSignature);
    const confirmation = next?.mac ?? chain.headSignature;
    const isConfirmed =
      this.keys.knows(confirmation) || this.options.acceptLost.includes(keyIdOf(confirmation));
    return verdict !== 'wrong' && findings.faultCount === 0 && isConfirmed;
  }
}

/** The first rows of a chain that are old, up to the last of them; a missing one between them counts as old. */
function oldestOf(seals: readonly SealWithRow[], before: number): readonly SealWithRow[] {
  const young = seals.findIndex(({ row }) => row && row.createdAt >= before);
  const first = young === -1 ? seals : seals.slice(0, young);
  const last = first.findLastIndex(({ row }) => row);
  return first.slice(0, last + 1);
}
