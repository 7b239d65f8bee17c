import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Limit, Limiter } from './limit.js';
import type { RedisClient } from './redis-client.js';

/**
 * Counts like the script of RateLimiterRedis, with two differences, which {@link MemoryLimiter} has too: a refused point
 * is not counted, and giving back never creates a counter or makes it negative.
 */
const COUNT = `
local by = tonumber(ARGV[1])
local count = tonumber(redis.call('get', KEYS[1]) or '0') + by
if by > 0 and count > tonumber(ARGV[3]) then return {count, redis.call('pttl', KEYS[1])} end
if count <= 0 then redis.call('del', KEYS[1]) return {0, 0} end
redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
return {redis.call('incrby', KEYS[1], by), redis.call('pttl', KEYS[1])}
`;

/** A limiter whose counters are in Redis. */
export function redisLimiter(client: RedisClient, { name, points, seconds }: Limit): Limiter {
  return new RateLimiterRedis({
    storeClient: client,
    useRedisPackage: true,
    customIncrTtlLuaScript: COUNT,
    keyPrefix: `gatehouse:${name}`,
    points,
    duration: seconds,
  });
}
