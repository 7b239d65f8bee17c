import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { claimsOf, resigned } from '../support/claims.js';
import { describeEachOnce, describeTargets } from '../support/targets.js';
import {
  expectDead,
  expectLive,
  https,
  jwtSecret,
  me,
  newSession,
  plain,
  proxied,
  untilAudited,
} from './proxied-sessions.js';

const resign = (token: string, change: object, secret = jwtSecret) =>
  resigned(token, secret, { claims: change });

describeEachOnce('a credential that another machine sent over plain HTTP', (target) => {
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
    // An ended, forged or absent token gets the same text.
    expect((await me(service, tokens.access_token, plain)).text).toBe(exposed.text);
    expect((await request(service, 'GET', '/oauth/me', { headers: plain })).text).toBe(
      exposed.text,
    );
  });

  it.each(['GET /nowhere', 'POST /oauth/token', 'PURGE /oauth/me', 'GET /oauth/me?token=x'])(
    'ends the session at any route: %s (S-200)',
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
    // Once a later exposure is audited, the earlier ones have been handled.
    const other = await newSession(service);
    await me(service, other.access_token, plain);
    await untilAudited(service, other);
    await expectLive(service, tokens);
  });

  it('hashes no exposed password and ends no session for it (S-200)', async () => {
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
  'a service that does not revoke exposed credentials',
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
