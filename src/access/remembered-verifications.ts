import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Clock } from '../common/clock.js';
import { Changes, type ChangedRows } from '../common/changes.js';
import { confirm } from './evidence.js';
import type { Principal } from './principal.js';
import type { Verification } from './verification.js';

/** How long a change that another process made may stay unseen (contract §4, S-59). */
const MAX_AGE_MS = 5_000;
/** From this age on what a verdict rests on is read again, for many at once. */
const RENEWED_FROM_MS = 4_000;
const RENEWAL_INTERVAL_MS = 250;
/** Whoever comes back within some twenty seconds is still remembered; a renewal costs a tenth of a verification. */
const MAX_UNUSED_RENEWALS = 4;
/** As many as keep no request waiting while their rows are read. */
const RENEWED_AT_ONCE = 128;
/** Beyond these the one that was asked for or renewed longest ago goes; about 3 kB each, with what is answered to it. */
const MAX_REMEMBERED = 20_000;

type Verify = () => Promise<Verification | undefined>;

interface Remembered {
  /** Of the credential. */
  readonly digest: string;
  readonly verification: Verification;
  /** Before its evidence was read, on the clock that nobody sets back. */
  readAt: number;
  /** How often it was renewed since somebody asked. */
  unusedRenewals: number;
}

/**
 * Answers from memory for a credential that was verified a moment ago.
 *
 * What this process changes is forgotten at once; what another one changes, within the published bound. Only
 * success is remembered, under a digest of the whole credential, and no longer than the credential itself is
 * good (S-59, S-77). Who is asked for again and again is not verified again and again: before the bound is over
 * their evidence is read once more, with that of others, and as long as it says the same the verdict stands.
 *
 * lru-cache: bounded in number and age, by the clock that nobody sets back.
 */
@Injectable()
export class RememberedVerifications implements OnModuleInit, OnModuleDestroy {
  private readonly remembered = new LRUCache<string, Remembered>({
    max: MAX_REMEMBERED,
    ttl: MAX_AGE_MS,
    ttlResolution: 0,
    perf: { now: () => performance.now() },
    dispose: ({ verification }, digest) => this.unlink(verification.restsOn, digest),
  });
  private readonly digestsByRow = new Map<string, Set<string>>();
  private readonly underWay = new Set<ChangesMeanwhile>();
  /** In the order in which they were remembered, or renewed last. */
  private readonly notRenewedYet: Remembered[] = [];
  private renewal: Promise<void> | undefined;
  private readonly logger = new Logger(RememberedVerifications.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: Clock,
    changes: Changes,
  ) {
    changes.onChange((rows) => this.forget(rows));
  }

  /** Runs from here on, so that no request's context, or transaction of a host, is that of the readings. */
  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.renewal ??= this.renew().finally(() => (this.renewal = undefined));
    }, RENEWAL_INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.renewal;
  }

  /**
   * At once, as most requests are answered.
   *
   * @param credential the value of `Authorization`
   * @param address where it came from
   * @returns `undefined` where nothing is remembered that holds from there
   */
  recall(credential: string, address: string): Principal | undefined {
    const known = this.remembered.get(digestOf(credential));
    if (!known) return undefined;
    const { until, takesFrom, onUse, principal } = known.verification;
    if (until <= this.clock.now()) return undefined;
    if (takesFrom && !takesFrom(address)) return undefined;
    known.unusedRenewals = 0;
    onUse?.();
    return principal;
  }

  /**
   * Verifies a credential, and remembers it if that succeeds.
   *
   * @throws whatever `verify` throws
   */
  async verify(credential: string, verify: Verify): Promise<Principal | undefined> {
    // The rows are read later than now, so that the bound is kept.
    const readAt = performance.now();
    const meanwhile = new ChangesMeanwhile();
    this.underWay.add(meanwhile);
    try {
      const verification = await verify();
      // An expired token that was taken for signing out is over already.
      const isGood = verification !== undefined && verification.until > this.clock.now();
      if (isGood && !meanwhile.concern(verification.restsOn)) {
        // Many requests will share it.
        Object.freeze(verification.principal);
        const digest = digestOf(credential);
        this.keep({ digest, verification, readAt, unusedRenewals: 0 });
        this.link(verification.restsOn, digest);
      }
      verification?.onUse?.();
      return verification?.principal;
    } finally {
      this.underWay.delete(meanwhile);
    }
  }

  private keep(each: Remembered): void {
    this.remembered.set(each.digest, each, { start: each.readAt });
    if (this.timer) this.notRenewedYet.push(each);
  }

  private async renew(): Promise<void> {
    try {
      const due = this.takeDue().filter((each) => this.isRenewable(each));
      while (due.length > 0 && this.timer) {
        await this.renewSome(due.splice(0, RENEWED_AT_ONCE));
        // SQLite answers at once, and nobody else would have a turn until all are read.
        await nextTurn();
      }
    } catch (error) {
      // They are over when their time is.
      this.logger.warn(`not renewed: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }

  private isRenewable(each: Remembered): boolean {
    const { evidence, until } = each.verification;
    return (
      each.unusedRenewals < MAX_UNUSED_RENEWALS &&
      evidence.length > 0 &&
      until > this.clock.now() &&
      this.isKept(each)
    );
  }

  private takeDue(): Remembered[] {
    const latest = performance.now() - RENEWED_FROM_MS;
    const due = this.notRenewedYet.findIndex(({ readAt }) => readAt > latest);
    return this.notRenewedYet.splice(0, due === -1 ? this.notRenewedYet.length : due);
  }

  private async renewSome(some: readonly Remembered[]): Promise<void> {
    const readAt = performance.now();
    const confirmed = await confirm(some.flatMap(({ verification }) => verification.evidence));
    for (const each of some) {
      // What was changed while it was read has been forgotten meanwhile.
      if (!this.isKept(each)) continue;
      if (each.verification.evidence.every((evidence) => confirmed.has(evidence))) {
        each.readAt = readAt;
        each.unusedRenewals++;
        this.keep(each);
      } else {
        this.remembered.delete(each.digest);
      }
    }
  }

  private isKept(each: Remembered): boolean {
    return this.remembered.peek(each.digest) === each;
  }

  private forget(rows: ChangedRows): void {
    for (const each of this.underWay) each.add(rows);
    if (!rows) return this.remembered.clear();
    for (const row of rows) {
      for (const digest of this.digestsByRow.get(row) ?? []) this.remembered.delete(digest);
    }
  }

  private link(restsOn: readonly string[], digest: string): void {
    for (const row of restsOn) {
      const digests = this.digestsByRow.get(row);
      if (digests) digests.add(digest);
      else this.digestsByRow.set(row, new Set([digest]));
    }
  }

  private unlink(restsOn: readonly string[], digest: string): void {
    for (const row of restsOn) {
      const digests = this.digestsByRow.get(row);
      digests?.delete(digest);
      if (digests?.size === 0) this.digestsByRow.delete(row);
    }
  }
}

function digestOf(credential: string): string {
  return hash('sha256', credential, 'base64');
}

/** What was changed while a verification read its rows: it may have read them as they were before. */
class ChangesMeanwhile {
  private readonly rows = new Set<string>();
  private isEverything = false;

  add(rows: ChangedRows): void {
    if (rows) for (const row of rows) this.rows.add(row);
    else this.isEverything = true;
  }

  concern(restsOn: readonly string[]): boolean {
    return this.isEverything || restsOn.some((row) => this.rows.has(row));
  }
}
