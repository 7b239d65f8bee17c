import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Limiter } from './limit.js';

/** A point was taken, or may be taken again after so many milliseconds. */
export type Taken =
  | { readonly isTaken: true; readonly isLast: boolean }
  | { readonly isTaken: false; readonly waitMs: number };

/** Takes a point of a limiter, which reports a refusal by a rejection that is no error. */
export async function take(limiter: Limiter, key: string, customDuration?: number): Promise<Taken> {
  try {
    const { remainingPoints } = await limiter.consume(key, 1, { customDuration });
    return { isTaken: true, isLast: remainingPoints === 0 };
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return { isTaken: false, waitMs: refusal.msBeforeNext };
  }
}
