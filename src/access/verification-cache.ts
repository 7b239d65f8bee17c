import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Clock } from '../common/clock.js';
import { CacheInvalidation, type ChangedRows } from '../common/cache-invalidation.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { messageOf } from '../common/errors/message-of.js';
import type { Principal } from './principal.js';
import type { Verification } from './verification.js';

/** Longest time until a change by another process takes effect (contract §4, S-59). */
const MAX_AGE_MS = 5_000;
/** Age from which an entry is renewed, in a batch with others. */
const RENEWED_FROM_MS = 4_000;
const RENEWAL_INTERVAL_MS = 250;
/** Keeps a credential that is used again within some twenty seconds: renewing is cheaper than verifying. */
const MAX_UNUSED_RENEWALS = 4;
/** Small enough that no request waits long while the rows of a batch are read. */
const RENEWAL_BATCH_SIZE = 128;
/** Beyond this size the least recently used or renewed entry is dropped. An entry takes about 3 kB with its answers. */
const MAX_ENTRIES = 20_000;

type Verify = () => Promise<Verification | undefined>;

interface Entry {
  /** Digest of the credential. */
  readonly digest: string;
  readonly verification: Verification;
  /** Time before the rows were read, on the monotonic clock. */
  readonly readAt: number;
  /** Renewals since the last use. */
  unusedRenewals: number;
}

/**
 * Caches verified credentials for some seconds (ADR 11).
 *
 * A change by this process invalidates at once; a change by another process takes effect within the published bound.
 * The cache holds only successes, under a digest of the whole credential, and no longer than the credential is valid
 * (S-59, S-77). Entries in use are renewed in batches before the bound is over: the same code verifies each again, and
 * one statement reads the rows of many.
 *
 * lru-cache bounds the entries in number and age, by the monotonic clock.
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
  private readonly runningReads = new Set<ConcurrentChanges>();
  /** Entries to be renewed, in the order in which they were read. */
  private readonly renewalQueue: Entry[] = [];
  private renewal: Promise<void> | undefined;
  private readonly logger = new Logger(VerificationCache.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: Clock,
    changes: CacheInvalidation,
  ) {
    changes.onInvalidation((rows) => this.invalidate(rows));
  }

  /** Starts the timer outside of requests, so that its reads inherit no request context and no host transaction. */
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
   * The principal of a cached credential. Synchronous, because most requests need nothing else.
   *
   * @param credential the value of `Authorization`
   * @param address address of the client
   * @returns `undefined` when the credential is not cached, or is not valid from that address
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
   * Verifies a credential, and caches a success.
   *
   * @throws the errors of `verify`
   */
  async verify(credential: string, verify: Verify): Promise<Principal | undefined> {
    const verification = await this.watchingChanges((changes) =>
      this.readAndSet(digestOf(credential), verify, changes),
    );
    verification?.onUse?.();
    return verification?.principal;
  }

  private async readAndSet(
    digest: string,
    verify: Verify,
    changes: ConcurrentChanges,
    unusedRenewals = () => 0,
  ): Promise<Verification | undefined> {
    // The bound counts from before the read, which may see older rows.
    const readAt = performance.now();
    const verification = await verify();
    // A token that is accepted for signing out may have expired.
    const isValid = verification !== undefined && verification.until > this.clock.now();
    if (isValid && !changes.concern(verification.dependsOn)) {
      this.set({ digest, verification, readAt, unusedRenewals: unusedRenewals() });
    }
    return verification;
  }

  /** Runs reads and collects the changes during them. */
  private async watchingChanges<T>(work: (changes: ConcurrentChanges) => Promise<T>): Promise<T> {
    const changes = new ConcurrentChanges();
    this.runningReads.add(changes);
    try {
      return await work(changes);
    } finally {
      this.runningReads.delete(changes);
    }
  }

  private set(entry: Entry): void {
    // Many requests share the principal.
    Object.freeze(entry.verification.principal);
    const { digest, readAt } = entry;
    const { dependsOn } = entry.verification;
    // A renewal nearly always depends on the same rows, whose links then stay.
    const linked = this.entries.peek(digest)?.verification.dependsOn;
    const isLinked =
      linked?.length === dependsOn.length && linked.every((row, index) => row === dependsOn[index]);
    this.entries.set(digest, entry, { start: readAt, noDisposeOnSet: isLinked });
    if (!isLinked) this.link(dependsOn, digest);
    if (this.timer) this.renewalQueue.push(entry);
  }

  private async renewDue(): Promise<void> {
    const due = this.takeDue();
    while (due.length > 0 && this.timer) {
      const batch = due.splice(0, RENEWAL_BATCH_SIZE);
      // A change, or a database that cannot be reached, may have removed entries since they were due.
      await this.renew(batch.filter((entry) => this.isRenewable(entry)));
      // SQLite answers synchronously: without this, no request would run until all batches are read.
      await nextTurn();
    }
  }

  private takeDue(): Entry[] {
    const latest = performance.now() - RENEWED_FROM_MS;
    const due = this.renewalQueue.findIndex(({ readAt }) => readAt > latest);
    return this.renewalQueue.splice(0, due === -1 ? this.renewalQueue.length : due);
  }

  private isRenewable(entry: Entry): boolean {
    return (
      entry.unusedRenewals < MAX_UNUSED_RENEWALS &&
      entry.verification.until > this.clock.now() &&
      this.isCurrent(entry)
    );
  }

  /** Starts all renewals at the same time, so that their reads become one batch. */
  private async renew(entries: readonly Entry[]): Promise<void> {
    const faults: unknown[] = [];
    await this.watchingChanges((changes) =>
      Promise.all(
        entries.map(async (entry) => {
          const { digest, verification } = entry;
          try {
            const unusedRenewals = () => entry.unusedRenewals + 1;
            await this.readAndSet(digest, verification.renew, changes, unusedRenewals);
          } catch (error) {
            if (!isRefusal(error)) faults.push(error);
            else if (this.isCurrent(entry)) this.entries.delete(digest);
          }
        }),
      ),
    );
    // An entry that could not be renewed ends at its maximum age.
    const [fault] = faults;
    if (fault !== undefined) this.logger.warn(`not renewed: ${messageOf(fault)}`);
  }

  private isCurrent(entry: Entry): boolean {
    return this.entries.peek(entry.digest) === entry;
  }

  private invalidate(rows: ChangedRows): void {
    for (const changes of this.runningReads) changes.add(rows);
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

/** Rows that change while a verification reads: it may have read their former values. */
class ConcurrentChanges {
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
