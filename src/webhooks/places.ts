import { LRUCache } from 'lru-cache';

/** Requests at the same time, in this process. */
const PLACES = 64;
/** Those that webhooks may have of which the last attempt failed or was slow, all together. */
const PLACES_OF_FAILING = 16;
const PLACES_OF_WEBHOOK = 4;
const PLACES_OF_FAILING_WEBHOOK = 1;
const MAX_REMEMBERED = 1_000;

/**
 * Shares out the requests that this process has under way, so that receivers that are away or slow hold up no others:
 * they have a few places of their own.
 */
export class Places {
  private readonly taken = new Map<string, number>();
  private readonly failing = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  /** @returns whether there is a place for a request to the webhook */
  take(webhookId: string): boolean {
    if (!this.isFree(webhookId)) return false;
    this.taken.set(webhookId, this.takenBy(webhookId) + 1);
    return true;
  }

  /** @param isGood whether the receiver took the request in time; `undefined`: nothing was learnt of it */
  giveBack(webhookId: string, isGood: boolean | undefined): void {
    const left = this.takenBy(webhookId) - 1;
    if (left > 0) this.taken.set(webhookId, left);
    else this.taken.delete(webhookId);
    if (isGood === true) this.failing.delete(webhookId);
    if (isGood === false) this.failing.set(webhookId, true);
  }

  get isFull(): boolean {
    return this.count(() => true) >= PLACES;
  }

  /** Webhooks for which there is no place now. */
  get busy(): readonly string[] {
    const known = new Set([...this.taken.keys(), ...this.failing.keys()]);
    return [...known].filter((id) => !this.isFree(id));
  }

  private isFree(webhookId: string): boolean {
    if (this.isFull) return false;
    const own = this.takenBy(webhookId);
    if (!this.failing.has(webhookId)) return own < PLACES_OF_WEBHOOK;
    const ofFailing = this.count((id) => this.failing.has(id));
    return own < PLACES_OF_FAILING_WEBHOOK && ofFailing < PLACES_OF_FAILING;
  }

  private takenBy(webhookId: string): number {
    return this.taken.get(webhookId) ?? 0;
  }

  private count(counts: (webhookId: string) => boolean): number {
    let sum = 0;
    for (const [id, taken] of this.taken) if (counts(id)) sum += taken;
    return sum;
  }
}
