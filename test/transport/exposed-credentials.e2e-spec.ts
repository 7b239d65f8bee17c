import { beforeAll, expect, it } from '@jest/globals';
import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const https = { 'X-Forwarded-Proto': 'https' };
/** From behind the trusted proxy this is another machine that spoke plain HTTP. */
const plain = { 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '203.0.113.9' };
const jwtSecret = randomBytes(48).toString('base64url');
const proxied = { TRUST_PROXY: '127.0.0.1', JWT_SECRET: jwtSecret };

async function newSession(service: TestService): Promise<Tokens> {
  const json = newSignUp();
  await request(service, 'POST', '/api/v1/account', { json, headers: https });
  const response = await request(service, 'POST', '/oauth/token?grant_type=password', {
    basic: [json.email_address, json.password],
    headers: https,
  });
  expect(response.status).toBe(200);
  return response.body as Tokens;
}

const me = (service: TestService, bearer: string, headers: Record<string, string> = https) =>
  request(service, 'GET', '/oauth/me', { bearer, headers });

const refresh = (service: TestService, { refresh_token }: Tokens): Promise<HttpResponse> =>
  request(service, 'POST', '/oauth/token?grant_type=refresh_token', {
    json: { refresh_token },
    headers: https,
  });

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** The token with other claims, signed with `secret` under the same header. */
function resign(token: string, change: object, secret = jwtSecret): string {
  const payload = Buffer.from(JSON.stringify({ ...claimsOf(token), ...change }));
  const signed = `${token.split('.')[0]}.${payload.toString('base64url')}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The revocation follows the reply. */
const untilAudited = (service: TestService, { access_token }: Tokens): Promise<string> =>
  untilOutput(service, 'session.exposed', String(claimsOf(access_token)['sid']));

async function expectDead(service: TestService, tokens: Tokens): Promise<void> {
  await untilAudited(service, tokens);
  expectRefusal(await me(service, tokens.access_token), 401, 40103);
  expectRefusal(await refresh(service, tokens), 403, 40106);
}

async function expectLive(service: TestService, tokens: Tokens): Promise<void> {
  expect((await me(service, tokens.access_token)).status).toBe(200);
  expect((await refresh(service, tokens)).status).toBe(200);
}

describeTargets('a credential that came by plain HTTP from another machine', (target) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({
      target,
      env: { ...proxied, REVOKE_EXPOSED_CREDENTIALS: 'true' },
    });
  });

  it('ends the session of a live token, after the same 40301 (S-200)', async () => {
    const tokens = await newSession(service);
    const exposed = await me(service, tokens.access_token, plain);
    expectRefusal(exposed, 403, 40301);
    await expectDead(service, tokens);
    // Dead, forged or absent: the same words.
    expect((await me(service, tokens.access_token, plain)).text).toBe(exposed.text);
    expect((await request(service, 'GET', '/oauth/me', { headers: plain })).text).toBe(
      exposed.text,
    );
  });

  it.each(['GET /nowhere', 'POST /oauth/token', 'PURGE /oauth/me', 'GET /oauth/me?token=x'])(
    'ends it wherever the token was sent: %s (S-200)',
    async (requestLine) => {
      const [method = '', path = ''] = requestLine.split(' ');
      const tokens = await newSession(service);
      const response = await request(service, method, path, {
        bearer: tokens.access_token,
        headers: plain,
      });
      expectRefusal(response, 403, 40301);
      await expectDead(service, tokens);
    },
  );

  it('ends the session behind an expired but genuine token too (S-200)', async () => {
    const tokens = await newSession(service);
    const hourAgo = Math.floor(Date.now() / 1000) - 3_600;
    const expired = resign(tokens.access_token, { iat: hourAgo, exp: hourAgo + 900 });
    expectRefusal(await me(service, expired), 401, 40104);
    expectRefusal(await me(service, expired, plain), 403, 40301);
    await expectDead(service, tokens);
  });

  it('ends nothing for a forged token (S-200)', async () => {
    const tokens = await newSession(service);
    const [header = '', payload = '', signature = ''] = tokens.access_token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const forgeries = [
      resign(tokens.access_token, {}, randomBytes(48).toString('base64url')),
      resign(tokens.access_token, {}, ''),
      `${header}.${payload}.`,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      resign(tokens.access_token, { sid: undefined }),
      tokens.refresh_token,
      String(claimsOf(tokens.access_token)['sid']),
    ];
    for (const forged of forgeries) expectRefusal(await me(service, forged, plain), 403, 40301);
    // By the time a later exposure is through, the earlier ones are.
    const other = await newSession(service);
    await me(service, other.access_token, plain);
    await untilAudited(service, other);
    await expectLive(service, tokens);
  });

  it('hashes no password that was exposed and ends no session for it (S-200)', async () => {
    const json = newSignUp();
    await request(service, 'POST', '/api/v1/account', { json, headers: https });
    const basic = [json.email_address, json.password] as const;
    const attempts = /sign_in\./g;
    const before = service.output().match(attempts)?.length ?? 0;
    const path = '/oauth/token?grant_type=password';
    expectRefusal(await request(service, 'POST', path, { basic, headers: plain }), 403, 40301);
    const granted = await request(service, 'POST', path, { basic, headers: https });
    expect(granted.status).toBe(200);
    expect(service.output().match(attempts)?.length).toBe(before + 1);
  });

  it('ends nothing at /health, which takes no credential but answers plain HTTP', async () => {
    const response = await request(service, 'GET', '/health', { headers: plain });
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ status: 'up' });
  });
});

describeTargets(
  'a service that was told to leave exposed credentials alone',
  (target) => {
    it.each([
      ['outside production by default', {}],
      ['with REVOKE_EXPOSED_CREDENTIALS=false', { REVOKE_EXPOSED_CREDENTIALS: 'false' }],
    ])('refuses the request and keeps the session: %s (S-200)', async (_, env) => {
      const service = await startService({ target, env: { ...proxied, ...env } });
      const tokens = await newSession(service);
      expectRefusal(await me(service, tokens.access_token, plain), 403, 40301);
      await sleep(200);
      await expectLive(service, tokens);
      await service.stop();
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);

describeTargets(
  'a service in production behind a proxy',
  (target) => {
    let service: TestService;
    beforeAll(async () => {
      service = await startService({
        target,
        env: { ...proxied, NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'true' },
      });
    });

    it('burns exposed credentials by default (S-200)', async () => {
      const tokens = await newSession(service);
      expectRefusal(await me(service, tokens.access_token, plain), 403, 40301);
      await expectDead(service, tokens);
    });

    it.each(['/docs', '/docs-json', '/docs/'])('serves no %s (S-159)', async (path) => {
      expectRefusal(await request(service, 'GET', path, { headers: https }), 404, 40400);
    });

    it('writes one JSON object a line', () => {
      const lines = service.output().trim().split('\n');
      expect(lines.map((line) => typeof JSON.parse(line)).every((type) => type === 'object')).toBe(
        true,
      );
    });

    it('created no owner by itself (S-16)', async () => {
      const rows = await service.database.query(
        "SELECT id FROM users WHERE email_address = 'owner@example.com'",
      );
      expect(rows).toEqual([]);
    });
  },
  { databases: ['sqlite'] },
);
