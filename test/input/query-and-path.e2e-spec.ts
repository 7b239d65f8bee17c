import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'a request target',
  (target) => {
    let service: SharedService;
    let tokens: Tokens;
    beforeAll(async () => {
      service = await sharedService(target);
      tokens = await signIn(service, await signUp(service));
    });

    const get = (path: string) => request(service, 'GET', path, { bearer: tokens.access_token });

    it.each(['__proto__=1', 'constructor=1', 'prototype[a]=1', '__proto__.a=1', '%5f_proto__=1'])(
      'is refused with a parameter that reaches a prototype: ?%s (S-132)',
      async (query) => {
        expectRefusal(await get(`/oauth/me?${query}`), 400, 40002);
        const token = await request(service, 'POST', `/oauth/token?${query}`);
        expectRefusal(token, 400, 40002);
      },
    );

    it.each([
      'access_token',
      'token',
      'password',
      'username',
      'refresh_token',
      'client_secret',
      'api_key',
      'key',
      'secret',
      'authorization',
      'PASSWORD',
      'pass%77ord',
      'password[]',
    ])('is refused with a credential in it: ?%s= (S-41, S-43)', async (name) => {
      expectRefusal(await get(`/oauth/me?${name}=query-canary`), 400, 40001);
      expect(service.output()).not.toContain('query-canary');
    });

    it.each([
      'grant_type[]=password',
      'grant_type[0]=password',
      'grant_type[a]=password',
      'grant_type=password&grant_type=password',
      'grant_type=password&grant_type=refresh_token',
      'scope[]=owner&grant_type=password',
      'Grant_Type=password&grant_type=password',
      'Scope=owner&grant_type=password',
    ])('is refused where one text is expected: ?%s (S-126, S-133)', async (query) => {
      const response = await request(service, 'POST', `/oauth/token?${query}`, {
        basic: ['nobody@example.com', 'wrong'],
      });
      expectRefusal(response, 400, 40001);
    });

    it('is accepted at the token endpoint with unknown parameters (RFC 6749 §3.2)', async () => {
      const path = '/oauth/token?x[]=1&unknown=1&grant_type=password';
      const basic = ['nobody@example.com', 'wrong'] as const;
      expectRefusal(await request(service, 'POST', path, { basic }), 403, 40102);
    });

    it('is refused with very many parameters (S-128)', async () => {
      const query = Array.from({ length: 51 }, (_, i) => `p${i}=1`).join('&');
      expectRefusal(await get(`/oauth/me?${query}`), 400, 40001);
    });

    it.each([
      '/%',
      '/%zz',
      '/%ff',
      '/oauth/me?%',
      '/oauth/me?a=%c3',
      '/oauth/%00',
      '/a%0d%0ab',
      '/%7f',
    ])('is refused if its percent-encoding is no valid text: %s (S-137)', async (path) =>
      expectRefusal(await get(path), 400, 40001),
    );

    it.each([
      '/api/v1/account/-1',
      '/api/v1/account/1e3',
      '/api/v1/account/0x10',
      '/api/v1/account/NaN',
      '/api/v1/account/null',
      '/api/v1/account/..%2f..%2fhealth',
      "/api/v1/account/'%20OR%201=1--",
      '/api/v1/account/%e2%80%ae',
      `/api/v1/account/${'a'.repeat(300)}`,
      `/${'a'.repeat(8_000)}`,
      '/oauth/me/',
      '/oauth/me/1',
      '/oauth//me',
      '//oauth/me',
      '/OAuth/Me',
      '/oauth/me;a=1',
      '/oauth/me%2f',
      '/oauth/./me',
      '/oauth/../oauth/me',
      '/oauth/.env',
      '/.git/config',
      '/package.json',
      '/docs/%2e%2e%2fpackage.json',
      '/docs/..%2f..%2fpackage.json',
      '*',
    ])('matches no route: %s (S-94, S-137)', async (path) => {
      expectRefusal(await get(path), 404, 40400);
    });

    it('is subject to the same guard when its letters are percent-encoded (S-94)', async () => {
      const response = await request(service, 'GET', '/oauth/%6de');
      expect([401, 404]).toContain(response.status);
    });

    it('does not end the service with any of these (S-137)', async () => {
      expect((await get('/health')).status).toBe(200);
      expect(service.output()).not.toMatch(/50001/);
    });
  },
  { databases: ['sqlite'] },
);
