import { LRUCache } from 'lru-cache';
import type { Clock } from '../common/clock.js';

/** Counters that have not reached their limit, and those that have. */
const MAX_OPEN = 10_000;
const MAX_REACHED = 30_000;

export interface Counter {
  readonly count: number;
  readonly msLeft: number;
}

/**
 * Counters of one kind in the memory of the process, at most 40,000 (S-29). The counter that was not used for the longest
 * time makes room; those that have reached their limit have a room of their own, so that a flood of new addresses does
 * not displace the counter of an address under attack.
 */
export class MemoryCounters {
  private readonly open: LRUCache<string, Counter>;
  private readonly reached: LRUCache<string, Counter>;

  constructor(clock: Clock) {
    const cache = (max: number) =>
      new LRUCache<string, Counter>({
        max,
        ttl: 1,
        // The cache sets a timer to read the clock less often.
        ttlResolution: 0,
        perf: { now: () => clock.now() },
      });
    this.open = cache(MAX_OPEN);
    this.reached = cache(MAX_REACHED);
  }

  get size(): number {
    return this.open.size + this.reached.size;
  }

  get(key: string): Counter | undefined {
    const cache = this.reached.has(key) ? this.reached : this.open;
    const counter = cache.get(key);
    const msLeft = cache.getRemainingTTL(key);
    if (!counter || msLeft <= 0) return undefined;
    if (msLeft <= counter.msLeft) return { count: counter.count, msLeft };
    // The clock was set back, so that the time begins again.
    cache.set(key, counter, { ttl: counter.msLeft });
    return counter;
  }

  set(key: string, counter: Counter, limit: number): void {
    const [cache, other] =
      counter.count >= limit ? [this.reached, this.open] : [this.open, this.reached];
    other.delete(key);
    cache.set(key, counter, { ttl: counter.msLeft });
  }

  delete(key: string): boolean {
    return this.open.delete(key) || this.reached.delete(key);
  }
}
