import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { codeOf } from '../../test/support/unit.js';
import type { RedisClient } from './redis-client.js';
import { redisLimiter } from './redis-limiter.js';
import { SharedStore } from './shared-store.js';
import { timedLimiter } from './timed-limiter.js';

const never = () => new Promise<never>(() => undefined);
const client = {
  isReady: true,
  eval: never,
  del: never,
  pTTL: never,
  multi: () => ({ set: () => ({ pTTL: () => ({ exec: never }) }) }),
  on: () => undefined,
  off: () => undefined,
} satisfies RedisClient;

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('SharedStore', () => {
  it('answers 50301 within a second when Redis does not answer, and then at once (S-32)', async () => {
    const store = new SharedStore({ client });
    const limit = { name: 'x', kind: 'password', points: 1, seconds: 60 } as const;
    const limiter = timedLimiter(redisLimiter(client, limit));
    const work = jest.fn(() => limiter.delete('x'));
    const first = codeOf(() => store.run(work));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await first).toBe(50301);
    expect(() => store.assertAvailable()).toThrow('temporarily unavailable');
    expect(await codeOf(() => store.run(work))).toBe(50301);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('waits for nothing without Redis', async () => {
    const store = new SharedStore(null);
    await store.onModuleInit();
    expect(() => store.assertAvailable()).not.toThrow();
    expect(await store.run(() => Promise.resolve('result'))).toBe('result');
    store.onApplicationShutdown();
  });
});
