import { describe, expect, it, jest } from '@jest/globals';
import { StartError } from '../common/errors/start.error.js';
import { newSecret } from '../common/crypto/secret-strength.js';

jest.unstable_mockModule('../common/optional-packages.cjs', () => ({ redis: () => undefined }));
const { roomOptions } = await import('../room-options.js');

describe('the options of Redis', () => {
  const secret = newSecret();

  it.each([
    ['redisUrl needs the package @redis/client', { redisUrl: 'redis://127.0.0.1' }],
    ['redisUrl must be a URL redis://', { redisUrl: 'http://127.0.0.1' }],
    ['redisUrl must be a URL redis://', { redisUrl: 'redis://' }],
    ['redisUrl must be text', { redisUrl: 1 as never }],
    ['redis must be a client of node-redis', { redis: null as never }],
    ['redis must be a client of node-redis', { redis: { isReady: true } as never }],
  ])('stop the start: %s', (message, options) => {
    const start = () => roomOptions({ secret, ...options }, {});
    expect(start).toThrow(StartError);
    expect(start).toThrow(message);
  });

  it('are not needed', () => {
    expect(roomOptions({ secret }, {}).redis).toBeNull();
  });
});
