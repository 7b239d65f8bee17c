import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { basic, request, type RequestOptions } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

describeTargets(
  'plain HTTP from this machine',
  (target) => {
    let service: SharedService;
    let user: TestUser;
    let tokens: Tokens;
    beforeAll(async () => {
      service = await sharedService(target);
      user = await signUp(service);
      tokens = await signIn(service, user);
    });

    const me = (headers: RequestOptions['headers']) =>
      request(service, 'GET', '/oauth/me', { bearer: tokens.access_token, headers });

    it('is served outside production (S-121)', async () => {
      expect((await me({})).status).toBe(200);
    });

    it.each([
      ['X-Forwarded-For', '203.0.113.9'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Proto', 'http'],
      ['X-Forwarded-Host', 'auth.example.com'],
      ['X-Forwarded-Port', '443'],
      ['Forwarded', 'for=203.0.113.9;proto=https'],
      ['X-Real-IP', '203.0.113.9'],
      ['Via', '1.1 proxy'],
    ])('is refused with a forwarding header: %s: %s (S-115, S-121)', async (name, value) => {
      const response = await me({ [name]: value });
      expectRefusal(response, 403, 40301);
      expect(response.headers.get('strict-transport-security')).toBeNull();
    });

    it('sets no client address by a header of an untrusted peer (S-115, S-117)', async () => {
      await me({ 'X-Forwarded-For': '198.51.100.77', 'X-Request-Id': 'forged-address' });
      await untilOutput(service, 'ip=127.0.0.1', 'request=forged-address');
      expect(service.output()).not.toContain('198.51.100.77');
    });
  },
  { databases: ['sqlite'] },
);

describeTargets(
  'plain HTTP where HTTPS is required',
  (target) => {
    const ownerPassword = 'Correct-Horse-9-Staple';
    let service: TestService;
    beforeAll(async () => {
      service = await startService({
        target,
        env: {
          SWAGGER_UI: 'true',
          HTTPS_ONLY: 'true',
          OWNER_EMAIL: 'ada@example.com',
          OWNER_PASSWORD: ownerPassword,
        },
      });
    });

    it('is refused from this machine too (S-121)', async () => {
      expectRefusal(await request(service, 'GET', '/oauth/me'), 403, 40301);
    });

    it('is refused with the same text for any content, and never redirected (S-114)', async () => {
      const token = '/oauth/token?grant_type=password';
      const responses = await Promise.all([
        request(service, 'POST', token, { basic: ['ada@example.com', ownerPassword] }),
        request(service, 'POST', token, { basic: ['ada@example.com', 'wrong'] }),
        request(service, 'POST', token, { headers: { authorization: ['Basic x', 'Basic y'] } }),
        request(service, 'POST', `${token}&__proto__=1`),
      ]);
      for (const response of responses) {
        expectRefusal(response, 403, 40301);
        expect(response.headers.get('location')).toBeNull();
        expect(response.headers.get('strict-transport-security')).toBeNull();
        expect(response.text).toBe(responses[0].text);
      }
    });

    it('is refused before any credential is checked (S-114)', async () => {
      const response = await request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: ['ada@example.com', ownerPassword],
      });
      expectRefusal(response, 403, 40301);
      expect(service.output()).not.toMatch(/sign_in\.(succeeded|failed)/);
      expect(await service.database.query('SELECT id FROM refresh_tokens')).toEqual([]);
    });

    it('is refused before route, method and body are checked (S-114)', async () => {
      const json = { headers: { 'content-type': 'application/json' } };
      const cases: [string, string, RequestOptions][] = [
        ['GET', '/nowhere', {}],
        ['DELETE', '/oauth/me', {}],
        ['PURGE', '/oauth/me', {}],
        ['POST', '/api/v1/account', { ...json, body: '{' }],
        ['POST', '/api/v1/account', { ...json, body: `"${'a'.repeat(70_000)}"` }],
        ['GET', '/docs', {}],
        ['GET', '/.well-known/jwks.json', {}],
      ];
      for (const [method, path, options] of cases) {
        expectRefusal(await request(service, method, path, options), 403, 40301);
      }
    });

    it('is answered at /health, which only tells up or down (S-121, S-160)', async () => {
      const response = await request(service, 'GET', '/health', {
        headers: { authorization: basic('ada@example.com', 'wrong') },
      });
      expect(response.status).toBe(200);
      expect(response.body).toEqual({ status: 'up' });
    });

    it.each(['/health/', '//health', '/health/../oauth/me', '/healthy', '/Health'])(
      'is refused on paths that resemble /health: %s (S-114)',
      async (path) => expectRefusal(await request(service, 'GET', path), 403, 40301),
    );
  },
  { databases: ['sqlite'] },
);

describe('a service in production', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({
      env: { NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'true', HTTPS_ONLY: 'false' },
    });
  });

  it('refuses plain HTTP from this machine, also with HTTPS_ONLY=false (S-121)', async () => {
    expectRefusal(await request(service, 'GET', '/oauth/me'), 403, 40301);
    expectRefusal(await request(service, 'POST', '/oauth/token'), 403, 40301);
  });

  it('warns at the start that it will refuse every request', () => {
    expect(service.output()).toMatch(/"level":"warn".*TLS_CERT_FILE.*TRUST_PROXY/);
  });
});
