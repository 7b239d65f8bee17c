import { describe, expect, it, jest } from '@jest/globals';
import { StartError } from '../common/errors/start.error.js';
import { newSecret } from '../common/crypto/secret-strength.js';

jest.unstable_mockModule('../common/optional-packages.cjs', () => ({
  nodemailer: () => undefined,
  redis: () => undefined,
}));
const { roomOptions } = await import('../room-options.js');

describe('the options of Redis', () => {
  const secret = newSecret();
  /** The methods that it shares with node-redis, and those that it has instead. */
  const ioredis = Object.fromEntries(
    ['eval', 'del', 'multi', 'on', 'off', 'pttl', 'defineCommand'].map((name) => [name, () => 0]),
  );

  it.each([
    ['redisUrl needs the package @redis/client', { redisUrl: 'redis://127.0.0.1' }],
    ['redisUrl must be a URL redis://', { redisUrl: 'http://127.0.0.1' }],
    ['redisUrl must be a URL redis://', { redisUrl: 'redis://' }],
    ['redisUrl must percent-encode', { redisUrl: 'redis://:p%zz@host' }],
    ['redisUrl must percent-encode', { redisUrl: 'redis://u%@host' }],
    ['redisUrl must percent-encode', { redisUrl: 'redis://user:1/2@host' }],
    ['redisUrl must percent-encode', { redisUrl: 'redis://user:1?2@host' }],
    ['redisUrl must have nothing but the number', { redisUrl: 'redis://host/cache' }],
    ['redisUrl must have nothing but the number', { redisUrl: 'rediss://host/0/1' }],
    ['redisUrl must be text', { redisUrl: 1 as never }],
    ['redis must be a client of node-redis', { redis: null as never }],
    ['redis must be a client of node-redis', { redis: { isReady: true } as never }],
    ['redis must be a client of node-redis', { redis: ioredis as never }],
  ])('stop the start: %s', (message, options) => {
    const start = () => roomOptions({ secret, ...options }, {});
    expect(start).toThrow(StartError);
    expect(start).toThrow(message);
  });

  it.each([
    'redis://host',
    'rediss://:p%40ss@host:6380/',
    'redis://user:a@b@[::1]:6379/15?family=6',
  ])('take %s', (redisUrl) => {
    // The client is not installed here, which is looked at after the URL.
    expect(() => roomOptions({ secret, redisUrl }, {})).toThrow('needs the package');
  });

  it('are not needed', () => {
    expect(roomOptions({ secret }, {}).redis).toBeNull();
  });
});
