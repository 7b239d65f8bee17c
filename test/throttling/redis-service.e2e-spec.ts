import { expect, it } from '@jest/globals';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { RedisServer } from '../support/redis-server.js';
import { startService } from '../support/service.js';
import { describeRedis } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

describeRedis('a service with REDIS_URL', () => {
  it('starts and serves tokens without Redis, and is ready once it is back (S-32, contract §1)', async () => {
    const redis = await RedisServer.create();
    const service = await startService({ env: { REDIS_URL: redis.url() } });
    expect((await request(service, 'GET', '/health/ready')).status).toBe(200);
    const tokens = await signIn(service, await signUp(service));

    await redis.kill();
    expect(await service.stop()).toBe(0);
    const before = service.output().length;
    await service.start();
    expect((await request(service, 'GET', '/health/ready')).status).toBe(503);
    expect((await request(service, 'GET', '/health/live')).status).toBe(200);
    const me = await request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
    expect(me.status).toBe(200);
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await request(service, 'POST', '/oauth/token', { form })).status).toBe(200);

    await redis.start();
    await eventually(async () =>
      expect((await request(service, 'GET', '/health/ready')).status).toBe(200),
    );
    await untilOutput(service, 'Redis is back');
    expect(
      service
        .output()
        .slice(before)
        .match(/Redis is away/g),
    ).toHaveLength(1);
    expect(await service.stop()).toBe(0);
  });

  it('stops the start with one line for a URL that is none of Redis', async () => {
    const service = await startService({ env: { REDIS_URL: 'http://x' }, expectFailure: true });
    expect(service.output()).toContain(
      'Gatehouse cannot start: REDIS_URL must be a URL redis://… or, with TLS, rediss://…',
    );
  });
});
