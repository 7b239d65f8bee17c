import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Limiter } from './limit.js';
import type { MemoryCounters } from './memory-counters.js';

interface ConsumeOptions {
  readonly customDuration?: number;
}

/**
 * A limiter whose counters are in the memory of the process. rate-limiter-flexible's own has no bound, and a timer for
 * each counter. It counts as {@link redisLimiter} does.
 */
export class MemoryLimiter implements Limiter {
  readonly points: number;

  constructor(
    private readonly counters: MemoryCounters,
    private readonly limit: Limit,
  ) {
    this.points = limit.points;
  }

  consume(key: string, points = 1, options: ConsumeOptions = {}) {
    const result = this.count(key, points, options);
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- so says the abstract class
    return result.consumedPoints > this.points ? Promise.reject(result) : Promise.resolve(result);
  }

  reward(key: string, points = 1) {
    return Promise.resolve(this.count(key, -points, {}));
  }

  get(key: string) {
    const counter = this.counters.get(this.keyOf(key));
    return Promise.resolve(counter ? this.result(counter.count, counter.msLeft) : null);
  }

  set(key: string, points: number, seconds: number) {
    const msLeft = seconds * 1000;
    this.counters.set(this.keyOf(key), { count: points, msLeft }, this.points);
    return Promise.resolve(this.result(points, msLeft));
  }

  delete(key: string) {
    return Promise.resolve(this.counters.delete(this.keyOf(key)));
  }

  private count(key: string, by: number, { customDuration = this.limit.seconds }: ConsumeOptions) {
    const storedKey = this.keyOf(key);
    const { count: before, msLeft } = this.counters.get(storedKey) ?? {
      count: 0,
      msLeft: customDuration * 1000,
    };
    const count = before + by;
    if (by > 0 && count > this.points) return this.result(count, msLeft);
    if (count <= 0) this.counters.delete(storedKey);
    else this.counters.set(storedKey, { count, msLeft }, this.points);
    return this.result(Math.max(count, 0), msLeft);
  }

  private keyOf(key: string): string {
    return `${this.limit.name}:${key}`;
  }

  private result(count: number, msLeft: number): RateLimiterRes {
    return new RateLimiterRes(Math.max(this.points - count, 0), msLeft, count);
  }
}
