import { LRUCache } from 'lru-cache';

/** Requests at the same time, in this process. */
const PLACES = 64;
/** Those that all webhooks of an account may have: a few accounts cannot take all places. */
const PLACES_OF_ACCOUNT = 8;
/** Those that webhooks may have of which the last attempt failed or was slow, all together. */
const PLACES_OF_FAILING = 16;
const PLACES_OF_FAILING_OF_ACCOUNT = 2;
const PLACES_OF_WEBHOOK = 4;
const PLACES_OF_FAILING_WEBHOOK = 1;
const MAX_REMEMBERED = 1_000;

/** Who takes a place: a delivery says both. */
export interface Place {
  readonly webhookId: string;
  readonly accountId: string;
}

/** Webhooks and accounts for which there is no place now. */
export interface Busy {
  readonly webhookIds: readonly string[];
  readonly accountIds: readonly string[];
}

/**
 * Shares out the requests that this process has under way, so that receivers that are away or slow hold up no others:
 * they have a few places of their own, and so has each account.
 */
export class Places {
  private readonly taken: Place[] = [];
  /** By webhook, its account. */
  private readonly failing = new LRUCache<string, string>({ max: MAX_REMEMBERED });

  /** @returns whether there is a place for a request to the webhook */
  take(place: Place): boolean {
    if (!this.isFree(place)) return false;
    this.taken.push(place);
    return true;
  }

  /** @param isGood whether the receiver took the request in time; `undefined`: nothing was learnt of it */
  giveBack({ webhookId, accountId }: Place, isGood: boolean | undefined): void {
    const index = this.taken.findIndex((each) => each.webhookId === webhookId);
    if (index !== -1) this.taken.splice(index, 1);
    if (isGood === true) this.failing.delete(webhookId);
    if (isGood === false) this.failing.set(webhookId, accountId);
  }

  get isFull(): boolean {
    return this.taken.length >= PLACES;
  }

  get busy(): Busy {
    const known = new Map([
      ...this.failing.entries(),
      ...this.taken.map(({ webhookId, accountId }) => [webhookId, accountId] as const),
    ]);
    const accountIds = new Set(this.taken.map(({ accountId }) => accountId));
    return {
      webhookIds: [...known.keys()].filter(
        (id) => !this.isFree({ webhookId: id, accountId: known.get(id) as string }),
      ),
      accountIds: [...accountIds].filter((id) => this.takenBy(id) >= PLACES_OF_ACCOUNT),
    };
  }

  private isFree({ webhookId, accountId }: Place): boolean {
    if (this.isFull || this.takenBy(accountId) >= PLACES_OF_ACCOUNT) return false;
    const own = this.count((each) => each.webhookId === webhookId);
    if (!this.failing.has(webhookId)) return own < PLACES_OF_WEBHOOK;
    const isFailing = (each: Place) => this.failing.has(each.webhookId);
    return (
      own < PLACES_OF_FAILING_WEBHOOK &&
      this.count(isFailing) < PLACES_OF_FAILING &&
      this.count((each) => each.accountId === accountId && isFailing(each)) <
        PLACES_OF_FAILING_OF_ACCOUNT
    );
  }

  private takenBy(accountId: string): number {
    return this.count((each) => each.accountId === accountId);
  }

  private count(counts: (place: Place) => boolean): number {
    return this.taken.filter((place) => counts(place)).length;
  }
}
