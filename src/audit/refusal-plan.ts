import { createHash } from 'node:crypto';
import type { AuditEntry } from '../events/audit-entry.js';

/** A counter to increase. */
export interface CountedRefusals {
  readonly minute: number;
  /** Id of the record that these refusals repeat; without one, a digest of event, account and reason. */
  readonly counterKey: string;
  readonly event: string;
  readonly accountId: string;
  readonly reason: string | undefined;
  occurrences: number;
}

/** What to store of some refusals. */
export interface RefusalPlan {
  readonly records: readonly AuditEntry[];
  readonly counts: readonly CountedRefusals[];
}

const MINUTE_MS = 60_000;
/** Rows in a minute about one actor's refusals of one kind in one account, however they differ. */
const MAX_ROWS = 100;
/** Refusals that the limits of guesses and creations keep few (S-24, S-25, S-33): each has its row. */
const LIMITED: ReadonlySet<string> = new Set([
  'api_key.refused',
  'password.refused',
  'sign_in.failed',
  'sign_in.throttled',
  'user.refused',
]);
/** Counters in a minute that tell reasons apart. */
const MAX_REASONS = 1000;

/**
 * Decides which refusals get a row and which are counted, so that no caller can fill the table (S-147): a refusal for
 * an unknown account is counted; one that repeats another one of the same minute, and that no limit keeps few, is counted
 * with its row; and so are further ones of an actor with very many.
 */
export class RefusalPlanner {
  private minute = 0;
  /** The rows of this minute: the id by the facts that make two refusals the same. */
  private rows = new Map<string, string>();
  private rowsOf = new Map<string, number>();
  private reasons = new Set<string>();

  plan(entries: readonly AuditEntry[]): RefusalPlan {
    const records: AuditEntry[] = [];
    const counts = new Map<string, CountedRefusals>();
    const planned = new Map<string, string>();
    const plannedOf = new Map<string, number>();
    for (const entry of entries) {
      this.turnTo(minuteOf(entry));
      if (isCounted(entry)) {
        this.count(entry, undefined, counts);
        continue;
      }
      const [same, actor] = [samenessOf(entry), actorOf(entry)];
      const row = LIMITED.has(entry.event) ? undefined : (this.rows.get(same) ?? planned.get(same));
      const known = (this.rowsOf.get(actor) ?? 0) + (plannedOf.get(actor) ?? 0);
      if (row !== undefined || known >= MAX_ROWS) {
        this.count(entry, row, counts);
        continue;
      }
      records.push(entry);
      planned.set(same, entry.id);
      plannedOf.set(actor, (plannedOf.get(actor) ?? 0) + 1);
    }
    return { records, counts: [...counts.values()] };
  }

  /** Remembers the rows of a plan that was carried out. */
  remember({ records }: RefusalPlan): void {
    for (const entry of records) {
      if (minuteOf(entry) !== this.minute) continue;
      this.rows.set(samenessOf(entry), entry.id);
      const actor = actorOf(entry);
      this.rowsOf.set(actor, (this.rowsOf.get(actor) ?? 0) + 1);
    }
  }

  private count(
    entry: AuditEntry,
    row: string | undefined,
    counts: Map<string, CountedRefusals>,
  ): void {
    const { event, accountId = '' } = entry;
    const reason = this.told(entry.reason);
    const counterKey = row ?? digestOf([event, accountId, reason]);
    const minute = minuteOf(entry);
    const key = `${minute} ${counterKey}`;
    const count = counts.get(key) ?? {
      minute,
      counterKey,
      event,
      accountId,
      reason,
      occurrences: 0,
    };
    count.occurrences++;
    counts.set(key, count);
  }

  private told(reason: string | undefined): string | undefined {
    if (reason === undefined || this.reasons.has(reason)) return reason;
    if (this.reasons.size >= MAX_REASONS) return undefined;
    this.reasons.add(reason);
    return reason;
  }

  private turnTo(minute: number): void {
    if (minute === this.minute) return;
    this.minute = minute;
    this.rows = new Map();
    this.rowsOf = new Map();
    this.reasons = new Set();
  }
}

function isCounted({ event, accountId, outcome }: AuditEntry): boolean {
  return accountId === undefined && outcome === 'failure' && event !== 'sign_in.throttled';
}

function minuteOf({ at }: AuditEntry): number {
  return at - (at % MINUTE_MS);
}

function samenessOf({ event, accountId, actorId, targetId, clientAddress, reason }: AuditEntry) {
  return digestOf([event, accountId, actorId, targetId, clientAddress, reason]);
}

function actorOf({ event, accountId, actorId }: AuditEntry): string {
  return digestOf([event, accountId, actorId]);
}

function digestOf(facts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
