import { beforeAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { lockedRoutes } from '../authorization/manifest.js';
import { launchBrowser } from '../support/browser.js';
import { onDispose } from '../support/cleanup.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { basic, rawExchange, request, type RequestOptions } from '../support/http.js';
import { newKey, newOwner, newUser, type Member } from '../support/members.js';
import { PATIENCE_MS } from '../support/patience.js';
import { sharedService } from '../support/shared-service.js';
import { startService, type TestService } from '../support/service.js';
import { describeBrowser, describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const LISTED = 'https://app.example.com';
const UNLISTED = 'https://elsewhere.example.com';
const SIGN_UP = '/api/v1/account';
const USERS = '/api/v1/account/user';
const JSON_TYPE = { 'content-type': 'application/json' };
interface PageRequest {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** The headers of CORS in an answer. */
const corsHeaders = ({ headers }: { headers: Headers }) =>
  Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
  );
const TOO_LARGE = `"${'a'.repeat(65_536)}"`;

describeTargets(
  'a service without CORS_ORIGINS',
  (target) => {
    it('lets no page of another origin call it (S-42)', async () => {
      const service = await sharedService(target);
      const headers = { origin: LISTED, 'access-control-request-method': 'GET' };
      for (const [method, status] of [
        ['OPTIONS', 405],
        ['GET', 401],
      ] as const) {
        const answer = await request(service, method, '/oauth/me', { headers });
        expect(answer.status).toBe(status);
        expect(corsHeaders(answer)).toEqual({});
      }
    });
  },
  { databases: ['sqlite'] },
);

describeTargets(
  'a service with CORS_ORIGINS',
  (target) => {
    let service: TestService;
    let owner: Member;
    /** Serves an empty page, under two origins: localhost, which is listed, and 127.0.0.1, which is not. */
    let pagePort: number;
    beforeAll(async () => {
      const pages = createServer((_, response) => void response.end('<!doctype html>'));
      pages.listen(0);
      onDispose(() => pages.close().closeAllConnections());
      await once(pages, 'listening');
      pagePort = (pages.address() as AddressInfo).port;
      const origins = ['https://other.example.com', LISTED, `http://localhost:${pagePort}`];
      service = await startService({
        target,
        env: { CORS_ORIGINS: origins.join(', '), SHUTDOWN_DELAY: '2' },
      });
      owner = await newOwner(service);
    });

    const preflight = (origin: string, method: string, path: string, headers = {}) =>
      request(service, 'OPTIONS', path, {
        headers: { origin, 'access-control-request-method': method, ...headers },
      });

    it.each(lockedRoutes().map(({ method, path }) => [method, path]))(
      'answers the preflight of %s %s (S-213)',
      async (method, path) => {
        const answer = await preflight(LISTED, method, path, {
          'access-control-request-headers': 'authorization,content-type,idempotency-key',
        });
        expect([answer.status, answer.text]).toEqual([204, '']);
        expect(corsHeaders(answer)).toEqual({
          'access-control-allow-origin': LISTED,
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
          'access-control-allow-headers':
            'Authorization, Content-Type, Idempotency-Key, X-Request-Id',
          'access-control-expose-headers': expect.any(String),
          'access-control-max-age': '7200',
          vary: 'Origin',
        });
        expect(answer.headers.get('x-request-id')).not.toBeNull();
      },
    );

    it('answers the preflight of an address that is no route, so that its 404 can be read (S-213)', async () => {
      for (const path of ['/nowhere', '/oauth/me?access_token=x', '/%ff']) {
        expect((await preflight(LISTED, 'DELETE', path)).status).toBe(204);
      }
    });

    it('lets a page of a public network call a service of a private one', async () => {
      const asks = { 'access-control-request-private-network': 'true' };
      const allowed = async (origin: string) =>
        (await preflight(origin, 'GET', '/oauth/me', asks)).headers.get(
          'access-control-allow-private-network',
        );
      expect(await allowed(LISTED)).toBe('true');
      expect(await allowed(UNLISTED)).toBeNull();
    });

    it('refuses a preflight over plain HTTP, so that no credential follows (S-114)', async () => {
      const forwarded = { 'x-forwarded-proto': 'http' };
      expectRefusal(await preflight(LISTED, 'GET', '/oauth/me', forwarded), 403, 40301);
    });

    it.each([
      ['without an origin', {}],
      ['of a page that sends it itself', { origin: LISTED }],
      ['of an unlisted page', { origin: UNLISTED, 'access-control-request-method': 'GET' }],
    ])('treats OPTIONS as any other method %s (S-123, S-213)', async (_, headers) => {
      const answer = await request(service, 'OPTIONS', '/oauth/me', { headers });
      expectRefusal(answer, 405, 40501);
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    });

    it.each([
      UNLISTED,
      `${LISTED}.evil.example`,
      'http://app.example.com',
      `${LISTED}:8443`,
      `${LISTED}/`,
      LISTED.toUpperCase(),
      `${LISTED}, ${LISTED}`,
      'null',
      '*',
      '',
    ])('gives the origin "%s" no header but Vary (S-42, S-213)', async (origin) => {
      const read = { headers: { origin }, bearer: owner.bearer };
      const answer = await request(service, 'GET', '/oauth/me', read);
      expect([answer.status, corsHeaders(answer)]).toEqual([200, { vary: 'Origin' }]);
      expect(corsHeaders(await preflight(origin, 'PATCH', USERS))).toEqual({ vary: 'Origin' });
    });

    it('tells caches that an answer without an origin is not one for all (S-213)', async () => {
      for (const path of ['/health', '/.well-known/jwks.json', '/nowhere']) {
        const answer = await request(service, 'GET', path);
        expect(corsHeaders(answer)).toEqual({ vary: 'Origin' });
      }
    });

    /** A refusal of each stage that a request passes through. */
    const refusals: [string, string, string, () => RequestOptions, number, number][] = [
      [
        'HTTPS',
        'GET',
        '/health/x',
        () => ({ headers: { 'x-forwarded-proto': 'http' } }),
        403,
        40301,
      ],
      ['the method', 'PURGE', '/oauth/me', () => ({}), 405, 40501],
      ['the target', 'GET', 'http://ada@auth.example.com/', () => ({}), 400, 40001],
      ['the query', 'GET', '/oauth/me?access_token=x', () => ({}), 400, 40001],
      ['the size', 'POST', SIGN_UP, () => ({ headers: JSON_TYPE, body: TOO_LARGE }), 413, 41301],
      [
        'the type',
        'POST',
        SIGN_UP,
        () => ({ headers: { 'content-type': 'text/xml' }, body: '<a/>' }),
        415,
        41501,
      ],
      ['the text', 'POST', SIGN_UP, () => ({ headers: JSON_TYPE, body: '{' }), 400, 40002],
      ['the path', 'GET', '/nowhere', () => ({}), 404, 40400],
      ['the route', 'DELETE', '/oauth/me', () => ({}), 405, 40501],
      ['the guard', 'GET', '/oauth/me', () => ({}), 401, 40101],
      ['validation', 'POST', SIGN_UP, () => ({ json: {} }), 400, 40001],
      [
        'the grant',
        'POST',
        '/oauth/token?grant_type=password',
        () => ({ basic: ['a@b.example', 'x'] }),
        403,
        40102,
      ],
      [
        'the service',
        'GET',
        `${USERS}/5f0d2a52-7f0e-4d1b-9f8e-3a1b8c6d7e90`,
        () => ({ bearer: owner.bearer }),
        404,
        40410,
      ],
      [
        'the parser',
        'GET',
        '/oauth/me',
        () => ({ headers: { 'x-long': 'a'.repeat(17_000) } }),
        431,
        43101,
      ],
    ];

    it.each(refusals)(
      'lets a listed page read a refusal of %s, and no other page (S-213): %s %s',
      async (_, method, path, options, status, code) => {
        const { headers, ...rest } = options();
        const from = (origin: string) =>
          request(service, method, path, { ...rest, headers: { ...headers, origin } });
        const answer = await from(LISTED);
        expectRefusal(answer, status, code);
        expect(answer.headers.get('access-control-allow-origin')).toBe(LISTED);
        const exposed = answer.headers.get('access-control-expose-headers')?.toLowerCase();
        expect(exposed?.split(', ')).toEqual(
          expect.arrayContaining([
            'allow',
            'link',
            'retry-after',
            'www-authenticate',
            'x-request-id',
          ]),
        );
        const other = await from(UNLISTED);
        expectRefusal(other, status, code);
        expect(other.headers.get('access-control-allow-origin')).toBeNull();
      },
    );

    it('finds the origin in a request that cannot be parsed, however it is written (S-213)', async () => {
      const bad = `GET /health HTTP/1.1\r\nHost: x\r\norigin:${LISTED}\r\nX-A: 1\r2\r\n\r\n`;
      const answer = await rawExchange(service, bad, { untilClosed: true });
      expect(answer).toMatch(/"code":40001/);
      expect(answer).toContain(`access-control-allow-origin: ${LISTED}\r\n`);
    });

    const inBrowser = (executablePath: string) => {
      let browser: Browser;
      let page: Page;
      beforeAll(async () => {
        browser = await launchBrowser(executablePath);
        page = await browser.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        await page.goto(`http://localhost:${pagePort}/`);
      });

      /** Sends a request from the page, and returns what its script can read of the answer. */
      const send = (method: string, path: string, init: PageRequest = {}) =>
        page.evaluate(
          async ([url, sent]) => {
            const answer = await fetch(url, sent);
            const text = await answer.text();
            return {
              status: answer.status,
              headers: Object.fromEntries(answer.headers),
              body: text === '' ? undefined : JSON.parse(text),
            };
          },
          [service.url + path, { method, ...init }] as const,
        );
      const authorized = (authorization: string, more = {}) => ({
        headers: { authorization, ...more },
      });

      it('signs in, reads a list by Link, changes and deletes (S-213)', async () => {
        for (let count = 0; count < 2; count++) await newUser(service, owner, 'standard');
        const signedIn = await send(
          'POST',
          '/oauth/token?grant_type=password',
          authorized(basic(owner.email, owner.password)),
        );
        expect(signedIn.status).toBe(200);
        const bearer = `Bearer ${signedIn.body.access_token}`;

        const first = await send('GET', `${USERS}?limit=1`, authorized(bearer));
        const next = /^<([^>]+)>; rel="next"$/.exec(first.headers['link'] ?? '')?.[1] ?? '';
        const second = await send('GET', next, authorized(bearer));
        expect([second.status, second.body.length]).toEqual([200, 1]);
        const [{ id }] = second.body;
        expect(id).not.toBe(first.body[0].id);

        const changed = await send('PATCH', `${USERS}/${id}`, {
          ...authorized(bearer, JSON_TYPE),
          body: JSON.stringify({ first_name: 'Grace' }),
        });
        expect([changed.status, changed.body.first_name]).toEqual([200, 'Grace']);
        const key = await send('POST', '/api/v1/account/api_key', {
          ...authorized(bearer, {
            ...JSON_TYPE,
            'idempotency-key': '0b0f1b52-6d3c-4a52-8f55-0b8d9c1c2f11',
            'x-request-id': 'from-the-page',
          }),
          body: JSON.stringify({ name: 'From a page', role: 'read_only' }),
        });
        expect([key.status, key.headers['x-request-id']]).toEqual([201, 'from-the-page']);
        const revoked = await send(
          'PUT',
          `/api/v1/account/api_key/${key.body.id}/revoke`,
          authorized(bearer),
        );
        expect(revoked.status).toBe(200);
        expect((await send('DELETE', `${USERS}/${id}`, authorized(bearer))).status).toBe(204);
        const me = await send('HEAD', '/oauth/me', authorized(bearer));
        expect([me.status, me.body]).toEqual([200, undefined]);
        // The sign-in has ended the owner's earlier session.
        owner = { ...owner, bearer: signedIn.body.access_token };
      });

      it('reads a refusal of each stage (S-213)', async () => {
        const { apiKey } = await newKey(service, owner, 'read_only');
        const key = `Bearer ${apiKey}`;
        const json = authorized(key, JSON_TYPE);
        const answers = {
          query: await send('GET', '/oauth/me?access_token=x'),
          headers: await send(
            'GET',
            '/oauth/me',
            authorized(key, { 'x-request-id': 'a'.repeat(17_000) }),
          ),
          size: await send('POST', SIGN_UP, { ...json, body: TOO_LARGE }),
          type: await send('POST', SIGN_UP, {
            ...authorized(key, { 'content-type': 'text/xml' }),
            body: '<a/>',
          }),
          text: await send('POST', SIGN_UP, { ...json, body: '{' }),
          path: await send('DELETE', '/nowhere', authorized(key)),
          method: await send('PATCH', '/oauth/me', authorized(key)),
          caller: await send('GET', '/oauth/me'),
          scope: await send('POST', USERS, { ...json, body: '{}' }),
          members: await send('POST', SIGN_UP, { ...json, body: '{}' }),
          object: await send(
            'GET',
            `${USERS}/5f0d2a52-7f0e-4d1b-9f8e-3a1b8c6d7e90`,
            authorized(key),
          ),
        };
        const seen = Object.entries(answers).map(([stage, { status, body }]) => [
          stage,
          `${status} ${body.code}`,
        ]);
        expect(Object.fromEntries(seen)).toEqual({
          query: '400 40001',
          headers: '431 43101',
          size: '413 41301',
          type: '415 41501',
          text: '400 40002',
          path: '404 40400',
          method: '405 40501',
          caller: '401 40101',
          scope: '403 40302',
          members: '400 40001',
          object: '404 40410',
        });
        expect(answers.method.headers['allow']).toBe('GET, HEAD');
        expect(answers.caller.headers['www-authenticate']).toMatch(/^Basic .*Bearer/);
        expect(answers.scope.headers['www-authenticate']).toContain('scope="users:write"');
      });

      it('reads nothing from an origin that is not listed (S-42)', async () => {
        const other = await browser.newPage();
        await other.goto(`http://127.0.0.1:${pagePort}/`);
        const read = other.evaluate(
          async (url) => (await fetch(url)).status,
          `${service.url}/health`,
        );
        await expect(read).rejects.toThrow(/Failed to fetch/);
      });
    };
    // By the tests above both adapters send the same headers, of which a browser makes the same.
    if (target.adapter === 'fastify') {
      describeBrowser('called by a page of another origin', inBrowser);
    }

    // The last test, because it ends the service.
    it('lets a listed page read 503 during a shutdown (S-213)', async () => {
      const stopped = service.stop();
      await untilOutput(service, 'Shutting down');
      const headers = { origin: LISTED };
      const answer = await request(service, 'GET', '/health/ready', { headers });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('access-control-allow-origin')).toBe(LISTED);
      expect(await stopped).toBe(0);
    });
  },
  { databases: ['sqlite'] },
);
