import { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit } from './limit.js';
import type { MemoryCounters } from './memory-counters.js';

interface ConsumeOptions {
  readonly customDuration?: number;
}

/**
 * A limiter whose counters are in the memory of the process. rate-limiter-flexible's own has no bound, and a timer for
 * each counter. It counts as {@link redisLimiter} does.
 */
export class MemoryLimiter extends RateLimiterAbstract {
  constructor(
    private readonly counters: MemoryCounters,
    { name, points, seconds }: Limit,
  ) {
    super({ keyPrefix: name, points, duration: seconds });
  }

  override consume(key: string, points = 1, options: ConsumeOptions = {}) {
    const result = this.count(key, points, options);
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- so says the abstract class
    return result.consumedPoints > this.points ? Promise.reject(result) : Promise.resolve(result);
  }

  override penalty(key: string, points = 1, options: ConsumeOptions = {}) {
    return Promise.resolve(this.count(key, points, options));
  }

  override reward(key: string, points = 1) {
    return Promise.resolve(this.count(key, -points, {}));
  }

  override get(key: string) {
    const counter = this.counters.get(this.getKey(key));
    return Promise.resolve(counter ? this.result(counter.count, counter.msLeft) : null);
  }

  override set(key: string, points: number, seconds: number) {
    const msLeft = seconds * 1000;
    this.counters.set(this.getKey(key), { count: points, msLeft }, this.points);
    return Promise.resolve(this.result(points, msLeft));
  }

  override delete(key: string) {
    return Promise.resolve(this.counters.delete(this.getKey(key)));
  }

  private count(key: string, by: number, { customDuration = this.duration }: ConsumeOptions) {
    const storedKey = this.getKey(key);
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

  private result(count: number, msLeft: number): RateLimiterRes {
    return new RateLimiterRes(Math.max(this.points - count, 0), msLeft, count);
  }
}
