import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type Tokens } from '../support/factories.js';
import { rawExchange, request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'a method that a route does not declare',
  (target) => {
    let service: SharedService;
    let tokens: Tokens;
    beforeAll(async () => {
      service = await sharedService(target);
      tokens = await signIn(service, await signUp(service));
    });

    it.each(['TRACE', 'PURGE', 'PROPFIND', 'SEARCH', 'LINK', 'M-SEARCH', 'COPY', 'LOCK'])(
      'is refused on every path: %s (S-123)',
      async (method) => {
        for (const path of ['/oauth/me', '/health', '/nowhere']) {
          const response = await request(service, method, path, {
            bearer: tokens.access_token,
            headers: { 'X-Canary': 'echo-canary' },
          });
          expectRefusal(response, 405, 40501);
          expect(response.headers.get('allow')).not.toContain(method);
          // TRACE would send the request back, cookies and credentials included.
          expect(response.text).not.toContain('echo-canary');
        }
      },
    );

    it('opens no tunnel by CONNECT (S-123)', async () => {
      const { host } = new URL(service.url);
      const tunnel = `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
      const inside = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
      const answer = await rawExchange(service, tunnel + inside, { untilClosed: true }).catch(
        (error: Error) => error.message,
      );
      expect(answer).not.toMatch(/^HTTP\/1\.1 [123]/m);
      expect(answer).not.toContain('"up"');
      expect(answer).not.toMatch(/Neither an answer nor its end/);
    });

    it('is refused by the parser when it is not a known method (S-123)', async () => {
      const bytes = 'GEt /health HTTP/1.1\r\nHost: x\r\n\r\n';
      const answer = await rawExchange(service, bytes, { untilClosed: true });
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":40001');
    });

    it.each([
      ['POST', '/oauth/me', 'GET, HEAD'],
      ['DELETE', '/oauth/me', 'GET, HEAD'],
      ['OPTIONS', '/oauth/me', 'GET, HEAD'],
      ['PUT', '/oauth/validate', 'GET, HEAD'],
      ['GET', '/oauth/token', 'POST'],
      ['HEAD', '/oauth/token', 'POST'],
      ['PATCH', '/oauth/revoke', 'POST'],
      ['GET', '/api/v1/account/owner', 'POST'],
      ['POST', '/health', 'GET, HEAD'],
      ['DELETE', '/.well-known/jwks.json', 'GET, HEAD'],
    ])('is refused with a list of the allowed ones: %s %s (S-123)', async (method, path, allow) => {
      const response = await request(service, method, path, { bearer: tokens.access_token });
      if (method === 'HEAD') expect(response.status).toBe(405);
      else expectRefusal(response, 405, 40501);
      expect(response.headers.get('allow')).toBe(allow);
    });

    it('is not read from a header, a query or a body (S-123)', async () => {
      const { refresh_token } = tokens;
      const options = { bearer: tokens.access_token, json: { refresh_token } };
      const override = {
        'X-HTTP-Method-Override': 'POST',
        'X-HTTP-Method': 'POST',
        'X-Method-Override': 'POST',
      };
      const tries = await Promise.all([
        request(service, 'PUT', '/oauth/revoke', { ...options, headers: override }),
        request(service, 'PUT', '/oauth/revoke?_method=POST', options),
        request(service, 'PUT', '/oauth/revoke', {
          ...options,
          json: { refresh_token, _method: 'POST' },
        }),
      ]);
      for (const response of tries) expectRefusal(response, 405, 40501);
      const me = { bearer: tokens.access_token, headers: { ...override } };
      const response = await request(service, 'GET', '/oauth/me', me);
      expect(response.status).toBe(200);
    });

    it('is not turned into a declared one where the declared one is overridden (S-123)', async () => {
      const response = await request(service, 'POST', '/oauth/token', {
        headers: { 'X-HTTP-Method-Override': 'GET' },
      });
      expectRefusal(response, 400, 40003);
    });

    it('is not HEAD, which meets the same guard as GET (S-94)', async () => {
      expect((await request(service, 'HEAD', '/oauth/me')).status).toBe(401);
      const head = await request(service, 'HEAD', '/oauth/me', { bearer: tokens.access_token });
      expect(head.status).toBe(200);
      expect(head.text).toBe('');
    });
  },
  { databases: ['sqlite'] },
);
