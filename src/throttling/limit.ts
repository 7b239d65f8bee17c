import type { RateLimiterAbstract } from 'rate-limiter-flexible';

/** So many points in so many seconds from the first. */
export interface Limit {
  /** Distinguishes its counters in the store. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

/** What Gatehouse uses of a limiter of rate-limiter-flexible. */
export type Limiter = Readonly<
  Pick<RateLimiterAbstract, 'points' | 'consume' | 'reward' | 'get' | 'set' | 'delete'>
>;
