import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Clock } from '../common/clock.js';
import { CacheInvalidation, type ChangedRows } from '../common/cache-invalidation.js';
import { CodedException } from '../common/errors/coded.exception.js';
import type { Principal } from './principal.js';
import type { Verification } from './verification.js';

/** How long a change that another process made may stay unseen (contract §4, S-59). */
const MAX_AGE_MS = 5_000;
/** From this age on an entry is renewed, in a batch with others. */
const RENEWED_FROM_MS = 4_000;
const RENEWAL_INTERVAL_MS = 250;
/** A credential that comes back within some twenty seconds is still cached; renewing is cheaper than verifying. */
const MAX_UNUSED_RENEWALS = 4;
/** So many that no request waits long while their rows are read. */
const RENEWED_AT_ONCE = 128;
/** Beyond these the entry that was used or renewed longest ago is dropped; about 3 kB each, with its answers. */
const MAX_ENTRIES = 20_000;

type Verify = () => Promise<Verification | undefined>;

interface Entry {
  /** Of the credential. */
  readonly digest: string;
  readonly verification: Verification;
  /** Before the rows were read, on the monotonic clock. */
  readonly readAt: number;
  /** Renewals since the last use. */
  unusedRenewals: number;
}

/**
 * Caches verified credentials for some seconds (ADR 11).
 *
 * A change that this process makes invalidates at once; a change by another process is seen within the published bound.
 * Only success is cached, under a digest of the whole credential, and no longer than the credential itself is good
 * (S-59, S-77). Entries in use are renewed before the bound is over, in batches: each is decided again by the same
 * code, over rows that are read for many of them in one statement.
 *
 * lru-cache: bounded in number and age, by the monotonic clock.
 */
@Injectable()
export class VerificationCache implements OnModuleInit, OnModuleDestroy {
  private readonly entries = new LRUCache<string, Entry>({
    max: MAX_ENTRIES,
    ttl: MAX_AGE_MS,
    ttlResolution: 0,
    perf: { now: () => performance.now() },
    dispose: ({ verification }, digest) => this.unlink(verification.dependsOn, digest),
  });
  private readonly digestsByRow = new Map<string, Set<string>>();
  private readonly underWay = new Set<ChangesMeanwhile>();
  /** In the order in which they were read. */
  private readonly notRenewedYet: Entry[] = [];
  private renewal: Promise<void> | undefined;
  private readonly logger = new Logger(VerificationCache.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: Clock,
    changes: CacheInvalidation,
  ) {
    changes.onInvalidation((rows) => this.invalidate(rows));
  }

  /** Runs from here on, so that no request's context, or transaction of a host, is that of the reads. */
  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.renewal ??= this.renewDue().finally(() => (this.renewal = undefined));
    }, RENEWAL_INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.renewal;
  }

  /**
   * Synchronous, since most requests are answered by it.
   *
   * @param credential the value of `Authorization`
   * @param address where it came from
   * @returns `undefined` where nothing is cached that holds for that address
   */
  get(credential: string, address: string): Principal | undefined {
    const entry = this.entries.get(digestOf(credential));
    if (!entry) return undefined;
    const { until, takesFrom, onUse, principal } = entry.verification;
    if (until <= this.clock.now()) return undefined;
    if (takesFrom && !takesFrom(address)) return undefined;
    entry.unusedRenewals = 0;
    onUse?.();
    return principal;
  }

  /**
   * Verifies a credential, and caches the result if it is good.
   *
   * @throws whatever `verify` throws
   */
  async verify(credential: string, verify: Verify): Promise<Principal | undefined> {
    const verification = await this.readAndSet(digestOf(credential), verify, 0);
    verification?.onUse?.();
    return verification?.principal;
  }

  private async readAndSet(
    digest: string,
    verify: Verify,
    unusedRenewals: number,
  ): Promise<Verification | undefined> {
    // Before the rows are read, so that the bound is kept.
    const readAt = performance.now();
    const meanwhile = new ChangesMeanwhile();
    this.underWay.add(meanwhile);
    try {
      const verification = await verify();
      // An expired token that is taken for signing out is over already.
      const isGood = verification !== undefined && verification.until > this.clock.now();
      if (isGood && !meanwhile.concern(verification.dependsOn)) {
        this.set({ digest, verification, readAt, unusedRenewals });
      }
      return verification;
    } finally {
      this.underWay.delete(meanwhile);
    }
  }

  private set(entry: Entry): void {
    // Many requests will share it.
    Object.freeze(entry.verification.principal);
    this.entries.set(entry.digest, entry, { start: entry.readAt });
    this.link(entry.verification.dependsOn, entry.digest);
    if (this.timer) this.notRenewedYet.push(entry);
  }

  private async renewDue(): Promise<void> {
    const due = this.takeDue().filter((entry) => this.isRenewable(entry));
    while (due.length > 0 && this.timer) {
      await this.renew(due.splice(0, RENEWED_AT_ONCE));
      // SQLite answers at once, and no request would have a turn until all are read.
      await nextTurn();
    }
  }

  private takeDue(): Entry[] {
    const latest = performance.now() - RENEWED_FROM_MS;
    const due = this.notRenewedYet.findIndex(({ readAt }) => readAt > latest);
    return this.notRenewedYet.splice(0, due === -1 ? this.notRenewedYet.length : due);
  }

  private isRenewable(entry: Entry): boolean {
    return (
      entry.unusedRenewals < MAX_UNUSED_RENEWALS &&
      entry.verification.until > this.clock.now() &&
      this.isCurrent(entry)
    );
  }

  /** Together, so that their reads become one batch. */
  private async renew(entries: readonly Entry[]): Promise<void> {
    const faults: unknown[] = [];
    const renewals = entries.map(async (entry) => {
      const { digest, verification, unusedRenewals } = entry;
      try {
        await this.readAndSet(digest, () => verification.renew(), unusedRenewals + 1);
      } catch (error) {
        if (!isRefusal(error)) faults.push(error);
        else if (this.isCurrent(entry)) this.entries.delete(digest);
      }
    });
    await Promise.all(renewals);
    // Their entries end when their time is over.
    const [fault] = faults;
    if (fault !== undefined) this.logger.warn(`not renewed: ${messageOf(fault)}`);
  }

  private isCurrent(entry: Entry): boolean {
    return this.entries.peek(entry.digest) === entry;
  }

  private invalidate(rows: ChangedRows): void {
    for (const each of this.underWay) each.add(rows);
    if (!rows) return this.entries.clear();
    for (const row of rows) {
      for (const digest of this.digestsByRow.get(row) ?? []) this.entries.delete(digest);
    }
  }

  private link(dependsOn: readonly string[], digest: string): void {
    for (const row of dependsOn) {
      const digests = this.digestsByRow.get(row);
      if (digests) digests.add(digest);
      else this.digestsByRow.set(row, new Set([digest]));
    }
  }

  private unlink(dependsOn: readonly string[], digest: string): void {
    for (const row of dependsOn) {
      const digests = this.digestsByRow.get(row);
      digests?.delete(digest);
      if (digests?.size === 0) this.digestsByRow.delete(row);
    }
  }
}

function digestOf(credential: string): string {
  return hash('sha256', credential, 'base64');
}

function isRefusal(error: unknown): boolean {
  return error instanceof CodedException && error.getStatus() < 500;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

/** Changes while a verification reads its rows: it may have read them as they were before. */
class ChangesMeanwhile {
  private readonly rows = new Set<string>();
  private isEverything = false;

  add(rows: ChangedRows): void {
    if (rows) for (const row of rows) this.rows.add(row);
    else this.isEverything = true;
  }

  concern(dependsOn: readonly string[]): boolean {
    return this.isEverything || dependsOn.some((row) => this.rows.has(row));
  }
}
