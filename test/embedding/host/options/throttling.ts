import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { GatehouseModule, GatehouseService, PasswordHasher } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import { createClient } from '@redis/client';
import { closeAll, database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic } from './set-up.js';

const REDIS_URL = process.env['TEST_REDIS_URL'];
const GRANT = 'oauth/token?grant_type=password';
const LIMITS = {
  failuresPerAccount: 2,
  failuresPerNetwork: 4,
  signUpsPerNetwork: 1,
  newUsersPerCaller: 1,
  newApiKeysPerCaller: 1,
};
const ADAPTERS = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() };
const WRONG = [403, 40102, false];
const TOO_MANY = [429, 42901, true];

/** Counts the passwords that it checks. */
class Counting extends PasswordHasher {
  checks = 0;

  hash(password: string): Promise<string> {
    return Promise.resolve(password);
  }

  verify(password: string, stored: string | null) {
    this.checks++;
    return Promise.resolve({ isCorrect: stored === password, isOutdated: false });
  }
}

async function limited(adapter: keyof typeof ADAPTERS = 'Express', more: object = {}) {
  const hasher = new Counting();
  const options = { secret: SECRET, password: { hasher }, throttling: LIMITS, ...more };
  const parts = { imports: [database(), GatehouseModule.forRoot(options)] };
  const host = await start(parts, undefined, ADAPTERS[adapter]());
  /** Status, code, and whether the answer says when to come back. */
  const attempt = async (email: string, password = 'wrong', headers = {}) => {
    const sent = { ...basic(email, password), ...headers };
    const answer = await send('POST', `${host.url}/${GRANT}`, sent);
    return [answer.status, answer.body.code, answer.headers.has('retry-after')];
  };
  return { ...host, hasher, attempt };
}

describe('option throttling', () => {
  for (const adapter of ['Express', 'Fastify'] as const) {
    it(`limits guesses on ${adapter}, and asks the host's hasher for none behind a limit (S-24, S-25, S-33)`, async () => {
      const { url, hasher, attempt } = await limited(adapter);
      assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
      const late = await send('POST', `${url}/api/v1/account`, {}, ACCOUNT);
      assert.deepEqual([late.status, late.body.code], [429, 42901]);

      const { email_address: email, password } = ACCOUNT;
      assert.deepEqual(await attempt(email), WRONG);
      assert.deepEqual(await attempt(email), WRONG);
      assert.deepEqual(await attempt(email, password), TOO_MANY);
      assert.deepEqual(await attempt('grace@example.com'), WRONG);
      assert.deepEqual(await attempt('alan@example.com'), WRONG);
      assert.deepEqual(await attempt('barbara@example.com'), TOO_MANY);
      assert.equal(hasher.checks, 4);
    });

    it(`counts networks behind a proxy on ${adapter} as the proxy saw them (S-25)`, async () => {
      const { attempt } = await limited(adapter, { transport: { trustProxy: ['127.0.0.0/8'] } });
      let addresses = 0;
      const from = (forwarded: string) =>
        attempt(`${++addresses}@example.com`, 'wrong', {
          'x-forwarded-for': forwarded,
          'x-forwarded-proto': 'https',
        });
      for (let count = 1; count <= 4; count++) {
        assert.deepEqual(await from(`192.0.2.${count}, 198.51.100.7`), WRONG);
      }
      assert.deepEqual(await from('198.51.100.7'), TOO_MANY);
      assert.deepEqual(await from('198.51.100.8'), WRONG);
    });
  }

  it("limits a caller, and not the host's own code (S-33)", async () => {
    const { app, url } = await limited();
    const gatehouse = app.get(GatehouseService);
    const person = { firstName: 'Grace', surname: 'Hopper' };
    for (const name of ['one', 'two']) {
      const { account, owner } = await gatehouse.createAccount({
        name,
        country: 'GBR',
        owner: { ...person, emailAddress: `${name}@example.com` },
      });
      for (const user of ['first', 'second', 'third', 'fourth']) {
        const emailAddress = `${user}@${name}.example.com`;
        await gatehouse.createUser(account.id, { ...person, emailAddress, role: 'read_only' });
        await gatehouse.createApiKey(account.id, { name: user, role: 'read_only' });
        await gatehouse.createSession(owner.id);
      }
    }
    const { headers } = await gatehouseTesting(app).as();
    const addUser = async (email_address: string) => {
      const user = { email_address, first_name: 'G', surname: 'H', role: 'read_only' };
      return (await send('POST', `${url}/api/v1/account/user`, headers, user)).status;
    };
    assert.deepEqual(
      [await addUser('fifth@example.com'), await addUser('sixth@example.com')],
      [201, 429],
    );
  });
});

describe('option redis', { skip: REDIS_URL === undefined && 'Redis is not installed' }, () => {
  const clients: { destroy(): void }[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
  });

  it("counts in the host's own client, which stays the host's (S-30, S-32)", async () => {
    const redis = createClient({ url: String(REDIS_URL) });
    redis.on('error', () => undefined);
    clients.push(redis);
    await redis.connect();
    const hosts = [await limited('Express', { redis }), await limited('Fastify', { redis })];
    const answers = [];
    for (let count = 0; count < 6; count++) {
      answers.push(await hosts[count % 2]?.attempt(`${count}@example.com`));
    }
    assert.deepEqual(answers, [WRONG, WRONG, WRONG, WRONG, TOO_MANY, TOO_MANY]);
    const keys = await redis.keys('*');
    assert.ok(keys.length > 0 && keys.every((key) => key.startsWith('gatehouse:')), String(keys));

    await closeAll();
    assert.equal(await redis.ping(), 'PONG');
    assert.equal(redis.listenerCount('error'), 1);
  });

  it('answers with 503 what needs a count while the client is not connected (S-32)', async () => {
    const { app, url, attempt } = await limited('Express', {
      redis: createClient({ url: String(REDIS_URL) }),
    });
    assert.deepEqual((await attempt('ada@example.com')).slice(0, 2), [503, 50301]);
    const { headers } = await gatehouseTesting(app).as();
    assert.equal((await send('GET', `${url}/oauth/me`, headers)).status, 200);
  });

  it('counts in Redis at redisUrl, with the package that the host has', async () => {
    // Another secret makes other counters.
    const secret = randomBytes(48).toString('base64url');
    const options = { redisUrl: REDIS_URL, secret };
    const hosts = [await limited('Express', options), await limited('Express', options)];
    const answers = [];
    for (const host of [...hosts, ...hosts]) answers.push(await host.attempt('ada@example.com'));
    assert.deepEqual(answers, [WRONG, WRONG, TOO_MANY, TOO_MANY]);
  });
});
