import { Inject, Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { Clock } from '../common/clock.js';
import type { Limit, Limiter, LimitKind } from './limit.js';
import { MemoryCounters } from './memory-counters.js';
import { MemoryLimiter } from './memory-limiter.js';
import { redisLimiter } from './redis-limiter.js';
import { SHARED_REDIS, type SharedRedis } from './shared-store.js';
import { timedLimiter } from './timed-limiter.js';
import { THROTTLING_OPTIONS, type ThrottlingOptions } from './throttling-options.js';

/** 144 bits. */
const DIGEST_BYTES = 18;

/** Creates the limiters of one Gatehouse, on Redis or in memory. */
@Injectable()
export class Limiters {
  private readonly counters: Readonly<Record<LimitKind, MemoryCounters>>;

  constructor(
    @Inject(THROTTLING_OPTIONS) private readonly options: ThrottlingOptions,
    @Inject(SHARED_REDIS) private readonly redis: SharedRedis | null,
    clock: Clock,
  ) {
    this.counters = {
      password: new MemoryCounters(clock),
      network: new MemoryCounters(clock),
      caller: new MemoryCounters(clock),
    };
  }

  limiter(limit: Limit): Limiter {
    if (this.redis) return timedLimiter(redisLimiter(this.redis.client, limit));
    return new MemoryLimiter(this.counters[limit.kind], limit);
  }

  /** A keyed digest, so that neither Redis nor a dump of the memory holds an address (S-29). */
  keyOf(...subject: readonly string[]): string {
    return createHmac('sha256', this.options.key)
      .update(JSON.stringify(subject))
      .digest()
      .subarray(0, DIGEST_BYTES)
      .toString('base64url');
  }
}
