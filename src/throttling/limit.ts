import type { RateLimiterAbstract } from 'rate-limiter-flexible';

/** What a client spends to create a counter: a checked password, any address that it has, or a credential. */
export type LimitKind = 'password' | 'network' | 'caller';

/** So many points in so many seconds from the first. */
export interface Limit {
  /** Counters of one kind never displace those of another from the memory. */
  readonly kind: LimitKind;
  /** Distinguishes its counters in the store. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

/** What Gatehouse uses of a limiter of rate-limiter-flexible. */
export type Limiter = Readonly<
  Pick<RateLimiterAbstract, 'points' | 'consume' | 'reward' | 'get' | 'set' | 'delete'>
>;
