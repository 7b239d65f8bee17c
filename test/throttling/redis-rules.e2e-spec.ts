// The rules of throttling with the counters in Redis, which two instances share (S-32).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type RedisClientType } from '@redis/client';
import { Clock } from '../../src/common/clock.js';
import { ownRedis } from '../../src/throttling/own-redis.js';
import { DEFAULT_OPTIONS } from '../support/default-options.js';
import { RedisServer } from '../support/redis-server.js';
import { describeRedis } from '../support/targets.js';
import {
  createThrottling,
  describeThrottlingRules,
  newAddress,
  newNetwork,
  type Throttling,
} from '../support/throttling.js';
import { codeOf } from '../support/unit.js';

/** A key whose time is over ends at once. */
const SHORTEN = `
for _, key in ipairs(redis.call('keys', '*')) do
  redis.call('pexpire', key, redis.call('pttl', key) - ARGV[1])
end`;

describeRedis('throttling in Redis', () => {
  let server: RedisServer;
  let redis: RedisClientType;
  const instances: Throttling[] = [];
  const clock = new Clock();

  beforeAll(async () => {
    server = await RedisServer.create();
    redis = createClient({ url: server.url() });
    await redis.connect();
    // One with a client of its own, the other with the host's.
    for (const shared of [ownRedis(server.url()), { client: redis }]) {
      const instance = createThrottling(shared, clock);
      await instance.store.onModuleInit();
      instances.push(instance);
    }
  });
  afterAll(() => {
    for (const { store } of instances) store.onApplicationShutdown();
    redis.destroy();
  });

  /** Shortens the rest of each counter's life. */
  async function advance(ms: number): Promise<void> {
    await redis.eval(SHORTEN, { arguments: [String(ms)] });
  }

  describe('by two instances', () => {
    describeThrottlingRules(() => ({ instances, advance }));
  });

  it('keeps no address and no network, and each counter for a limited time (S-29)', async () => {
    const source = { address: newAddress(), clientAddress: newNetwork(), familiarTo: undefined };
    for (let count = 1; count <= 6; count++) {
      await codeOf(() => (instances[0] as Throttling).signIn.attempt(source));
    }
    const keys = await redis.keys('*');
    expect(keys.length).toBeGreaterThan(3);
    for (const key of keys) {
      expect(key).toMatch(/^gatehouse:(probe:|[a-z:-]+:[\w-]{24})$/);
      expect(await redis.pTTL(key)).toBeGreaterThan(0);
    }
  });

  it('keeps apart the counters of two Gatehouses with different secrets', async () => {
    const other = { ...DEFAULT_OPTIONS.throttling, key: Buffer.alloc(32, 1) };
    const both = [instances[0] as Throttling, createThrottling({ client: redis }, clock, other)];
    const source = { address: newAddress(), clientAddress: newNetwork(), familiarTo: undefined };
    for (const { signIn } of both) {
      const codes = [];
      for (let count = 1; count <= 6; count++)
        codes.push(await codeOf(() => signIn.attempt(source)));
      expect(codes).toEqual([undefined, undefined, undefined, undefined, undefined, 42901]);
    }
  });
});
