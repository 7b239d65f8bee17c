import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { CacheInvalidation } from '../../common/cache-invalidation.js';
import { Clock } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import type { AuditChain } from '../audit-chain.entity.js';
import type { AuditSeal } from '../audit-seal.entity.js';
import { SEAL_OPTIONS, type SealOptions } from './seal-options.js';
import { Findings, type AuditVerification } from './audit-verification.js';
import { ChainWalk } from './chain-walk.js';
import { anchorOf, checkEnd, checkRow, headOf } from './links.js';
import { keyIdOf, SealKeys } from './seal-keys.js';
import {
  SealedRowsRepository,
  type RowWithSeal,
  type SealWithRow,
} from './sealed-rows.repository.js';

const PAGE_SIZE = 500;

/**
 * Verifies the audit trail against its seals. It only reads, in pages, and may run while rows are written, sealed and
 * purged.
 */
@Injectable()
export class AuditVerifier {
  constructor(
    private readonly database: Database,
    private readonly rows: SealedRowsRepository,
    private readonly keys: SealKeys,
    @Inject(SEAL_OPTIONS) private readonly options: SealOptions,
  ) {}

  /** The verifier of a DataSource that is open and migrated, outside of an application. */
  static over(dataSource: DataSource, options: SealOptions): AuditVerifier {
    const events = new EventBus(new Clock());
    const database = new Database(dataSource, new CacheInvalidation(), events);
    const keys = new SealKeys(options.keys);
    return new AuditVerifier(database, new SealedRowsRepository(), keys, options);
  }

  /** @param accountId one account, empty for the rows without one; without it the whole trail */
  async verify(accountId?: string): Promise<AuditVerification> {
    const findings = new Findings();
    if (accountId === undefined) await this.verifyChains(findings);
    else await this.verifyChain(accountId, findings);
    await this.verifyRowsWithoutSeal(accountId, findings);
    await this.verifyPending(accountId, findings);
    return findings.result(this.options.acceptLost);
  }

  private async verifyChains(findings: Findings): Promise<void> {
    await this.verifyCount(findings);
    let after: string | undefined;
    for (;;) {
      const page = await this.read((manager) => this.rows.findAccounts(after, PAGE_SIZE, manager));
      for (const accountId of page) await this.verifyChain(accountId, findings);
      after = page.at(-1);
      if (after === undefined) break;
    }
    const orphans = await this.read((manager) => this.rows.findAccountsWithoutChain(manager));
    for (const accountId of orphans) await this.verifyChain(accountId, findings);
  }

  /** Numbers are never given again, so each that is missing was a chain. */
  private async verifyCount(findings: Findings): Promise<void> {
    // Read first: whatever waits no longer has a chain.
    const hasPending = await this.read((manager) => this.rows.hasPending(manager));
    const { count, newest } = await this.read((manager) => this.rows.countChains(manager));
    // Each start of the service has a row.
    if (count === 0 && !hasPending) findings.fault('missing', null, 'the whole trail is missing');
    if (newest > count) {
      const message = `the trails of ${newest - count} accounts are missing as a whole`;
      findings.fault('missing', null, message);
    }
    if (newest < count) {
      const message =
        'the chain of rows without an account, which counts the chains, is missing or an old one';
      findings.fault('head', null, message);
    }
  }

  private async verifyChain(accountId: string, findings: Findings): Promise<void> {
    // Read first: whatever is sealed later has a larger number.
    const chain = await this.read((manager) => this.rows.findChain(accountId, manager));
    const head = chain?.headSequence ?? Infinity;
    const walk = new ChainWalk(this.keys, findings, accountId);
    if (chain) this.beginAt(chain, walk, findings);
    let page: SealWithRow[];
    let count: number;
    do {
      page = await this.nextPage(accountId, walk, findings);
      const sealed = page.filter(({ sequence }) => sequence <= head);
      for (const { row, ...seal } of sealed) walk.step(seal, row ? { ...row } : undefined);
      count = sealed.length;
    } while (count === PAGE_SIZE);
    if (chain) walk.finish(headOf(chain), chain.headSignature);
    else if (walk.sequence > 0)
      findings.fault('head', accountId, 'the head of the chain is missing');
    await this.verifyBeyondHead(accountId, page.slice(count), findings);
  }

  /** The next seals. Where rows were purged since the chain was read, it continues from the new anchor. */
  private async nextPage(
    accountId: string,
    walk: ChainWalk,
    findings: Findings,
  ): Promise<SealWithRow[]> {
    for (;;) {
      const page = await this.read((manager) =>
        this.rows.findSeals(accountId, walk.sequence, PAGE_SIZE, manager),
      );
      if (page[0]?.sequence === walk.sequence + 1) return page;
      const chain = await this.read((manager) => this.rows.findChain(accountId, manager));
      if (!chain || chain.anchorSequence <= walk.sequence) return page;
      this.beginAt(chain, walk, findings);
    }
  }

  private beginAt(chain: AuditChain, walk: ChainWalk, findings: Findings): void {
    const { accountId, anchorSignature } = chain;
    const anchor = anchorOf(chain);
    const verdict = checkEnd(this.keys, 'anchor', anchor, anchorSignature);
    if (verdict === 'unknown key') findings.unchecked(keyIdOf(anchorSignature), 0);
    if (verdict === 'wrong') {
      const message = 'the anchor was changed: rows may have been removed as if they were purged';
      findings.fault('anchor', accountId, message);
    }
    walk.beginAt(anchor);
  }

  private async verifyBeyondHead(
    accountId: string,
    seals: readonly AuditSeal[],
    findings: Findings,
  ): Promise<void> {
    if (seals.length === 0) return;
    const chain = await this.read((manager) => this.rows.findChain(accountId, manager));
    for (const { sequence, auditId } of seals) {
      if (sequence <= (chain?.headSequence ?? 0)) continue;
      const message = `row ${auditId} has a seal beyond the head: it was inserted, or an old head put back`;
      findings.fault('inserted', accountId, message, auditId);
    }
  }

  private async verifyRowsWithoutSeal(
    accountId: string | undefined,
    findings: Findings,
  ): Promise<void> {
    let after: string | undefined;
    for (;;) {
      const page = await this.read((manager) =>
        this.rows.findRowIds(accountId, after, PAGE_SIZE, manager),
      );
      const ids = page.filter(({ sealedId }) => sealedId === null).map(({ id }) => id);
      if (ids.length > 0) {
        // Read again, because a row may have been sealed meanwhile.
        const rows = await this.read((manager) => this.rows.findRows(ids, manager));
        for (const row of rows) this.verifyWaiting(row, findings);
      }
      after = page.at(-1)?.id;
      if (after === undefined) return;
    }
  }

  /** A row without a seal is genuine only with the MAC that its transaction wrote. */
  private verifyWaiting({ seal, pending, ...row }: RowWithSeal, findings: Findings): void {
    if (seal) return;
    const verdict = pending ? checkRow(this.keys, pending.rowMac, row) : 'wrong';
    if (verdict === 'right') findings.waiting++;
    else if (verdict === 'unknown key') findings.unchecked(keyIdOf(pending?.rowMac ?? ''));
    else if (pending) {
      const message = `row ${row.id} was edited or inserted before it was sealed`;
      findings.fault('edited', row.accountId, message, row.id);
    } else findings.fault('inserted', row.accountId, `row ${row.id} was inserted`, row.id);
  }

  private async verifyPending(accountId: string | undefined, findings: Findings): Promise<void> {
    const entries = await this.read((manager) =>
      this.rows.findPendingWithoutRow(accountId, PAGE_SIZE, manager),
    );
    for (const { auditId, accountId: ofRow } of entries) {
      const message = `row ${auditId} is missing: it was removed before it was sealed`;
      findings.fault('missing', ofRow, message, auditId);
    }
  }

  private read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.readAtLength(work);
  }
}
