import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { newOwner, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const EVIL = 'http://evil.example';
const ROLES = '/api/v1/account/role';

describeTargets(
  'a request target',
  (target) => {
    let service: SharedService;
    let owner: Member;
    beforeAll(async () => {
      service = await sharedService(target);
      owner = await newOwner(service);
    });

    const send = (method: string, path: string, options = {}) =>
      request(service, method, path, { bearer: owner.bearer, ...options });

    it.each([EVIL, 'https://evil.example:8443', 'HTTP://[2001:db8::1]', 'http://127.0.0.1:1'])(
      'in absolute form is the same request as its path: %s (RFC 9112 §3.2.2)',
      async (authority) => {
        expect((await send('GET', `${authority}/oauth/me`)).body.id).toBe(owner.id);
        expectRefusal(await send('GET', `${authority}/nowhere`), 404, 40400);
        expectRefusal(await send('GET', `${authority}/oauth/me?token=x`), 400, 40001);
        const refused = await send('DELETE', `${authority}/oauth/me`);
        expectRefusal(refused, 405, 40501);
        expect(refused.headers.get('allow')).toBe('GET, HEAD');
      },
    );

    it('in absolute form is not in the address of the next page (S-111)', async () => {
      const pattern = /^<\/api\/v1\/account\/role\?limit=1&cursor=[\w-]+>; rel="next"$/;
      for (const path of [`${EVIL}${ROLES}`, ROLES, '/api/v1/account/%72ole']) {
        const answer = await send('GET', `${path}?limit=1`);
        expect(answer.headers.get('link')).toMatch(pattern);
      }
    });

    it.each(['', EVIL, '/%6fauth'])(
      'decides in every form that a body may be a form: "%s" (S-131)',
      async (form) => {
        const oauth = form === '/%6fauth' ? form : `${form}/oauth`;
        const attempt = { grant_type: 'password', username: 'a@b.example', password: 'wrong' };
        const options = { bearer: undefined, form: attempt };
        const refused = await send('POST', `${oauth}/token`, options);
        expectRefusal(refused, 403, 40102);
        expect(refused.body.error).toBe('invalid_grant');
        const body = {
          ...options,
          form: undefined,
          headers: { 'content-type': 'text/xml' },
          body: '<a/>',
        };
        const unread = await send('POST', `${oauth}/token`, body);
        expectRefusal(unread, 415, 41501);
        expect(unread.body.error).toBe('invalid_request');
        expectRefusal(await send('POST', `${EVIL}/api/v1/account`, options), 415, 41501);
      },
    );

    it.each([
      'http://ada:hunter2-canary@evil.example/oauth/me',
      'http://hunter2-canary@evil.example/oauth/me',
      'ftp://evil.example/oauth/me',
      'ws://evil.example/oauth/me',
      'http:///oauth/me',
      'http://evil.example\\oauth\\me',
      'http://evil.example/oauth/me#hunter2-canary',
      '/oauth/me#hunter2-canary',
      '/oauth/me?a=b#c',
      '*/oauth/me',
    ])('is refused where routers read it in different ways: %s (S-122)', async (path) => {
      expectRefusal(await send('GET', path), 400, 40001);
      // Once a later request is logged, this one has been, if it is.
      await send('GET', '/health', { headers: { 'x-request-id': 'after-odd-form' } });
      await untilOutput(service, 'request=after-odd-form');
      expect(service.output()).not.toContain('hunter2-canary');
    });

    it.each([
      '//evil.example/oauth/me',
      '/\\evil.example/oauth/me',
      '/oauth\\me',
      '\\oauth\\me',
      '/http://evil.example/oauth/me',
      `${EVIL}//oauth/me`,
      `${EVIL}/oauth\\me`,
      '/oauth/x/%2e%2e/me',
      '/oauth/x/../me',
      '*',
    ])('is no route with another spelling of a separator: %s (S-94)', async (path) => {
      const { status } = await send('GET', path);
      expect([400, 404]).toContain(status);
    });

    it.each(['/%6Fauth/%6d%65', '/oauth/%6De?', '/%2ewell-known/jwks%2Ejson'])(
      'means the same with needlessly encoded characters: %s (RFC 3986 §6.2.2.2)',
      async (path) => {
        expect((await send('GET', path)).status).toBe(200);
      },
    );

    it('asks about the server itself without a path', async () => {
      expectRefusal(await send('OPTIONS', '*'), 404, 40400);
    });
  },
  { databases: ['sqlite'] },
);
