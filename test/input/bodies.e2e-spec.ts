import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { rawExchange, request, type HttpResponse } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const TOKEN = '/oauth/token';
const SIGN_UP = '/api/v1/account';
const LIMIT = 64 * 1024;

describeTargets(
  'a request body',
  (target) => {
    let service: SharedService;
    let user: TestUser;
    let tokens: Tokens;
    beforeAll(async () => {
      service = await sharedService(target);
      user = await signUp(service);
      tokens = await signIn(service, user);
    });

    const post = (
      path: string,
      type: string | undefined,
      body: string | Buffer,
      headers: Record<string, string | undefined> = {},
    ): Promise<HttpResponse> =>
      request(service, 'POST', path, {
        body,
        bearer: tokens.access_token,
        headers: { 'content-type': type, ...headers },
      });

    describe('that is too large', () => {
      it.each([SIGN_UP, '/oauth/revoke', TOKEN, '/nowhere'])(
        'is refused at %s from 64 KiB on (S-127)',
        async (path) => {
          const body = `"${'a'.repeat(LIMIT - 1)}"`;
          expectRefusal(await post(path, JSON_TYPE, body), 413, 41301);
        },
      );

      it('is refused when it comes in chunks (S-127)', async () => {
        const chunked = { 'transfer-encoding': 'chunked', 'content-length': undefined };
        const body = `"${'a'.repeat(LIMIT - 1)}"`;
        expectRefusal(await post(SIGN_UP, JSON_TYPE, body, chunked), 413, 41301);
      });

      it('is read at exactly 64 KiB (S-127)', async () => {
        const body = `{"a":"${'a'.repeat(LIMIT - 8)}"}`;
        expect(Buffer.byteLength(body)).toBe(LIMIT);
        expectRefusal(await post(SIGN_UP, JSON_TYPE, body), 400, 40001);
      });

      it.each(['gzip', 'deflate', 'br', 'identity, gzip', 'x'])(
        'is refused when it is compressed: %s (S-127)',
        async (coding) => {
          const headers = { 'content-encoding': coding };
          expectRefusal(await post(SIGN_UP, JSON_TYPE, '{}', headers), 415, 41501);
        },
      );
    });

    describe('of another type', () => {
      it.each([
        undefined,
        '',
        'text/plain',
        'text/json',
        'json',
        'application/jsonx',
        'application/json+x',
        'application/ld+json',
        'application/json, text/plain',
        'application/json/',
        'application /json',
        'application/json\ta',
        'application/json charset=utf-8',
        'application/json; charset=utf-16',
        'application/json; charset=latin1',
        'multipart/form-data; boundary=x',
        FORM_TYPE,
      ])('is refused: %p (S-131)', async (type) => {
        const body = JSON.stringify(newSignUp());
        expectRefusal(await post(SIGN_UP, type, body), 415, 41501);
      });

      it.each([
        'APPLICATION/JSON',
        'application/json; charset=utf-8',
        'application/json;charset="UTF-8"',
        ' application/json',
        'application/json\t',
        'application/json ; a=b',
      ])('never skips validation: %p (S-131)', async (type) => {
        const good = JSON.stringify(newSignUp());
        expect((await post(SIGN_UP, type, good)).status).toBe(202);
        const bad = JSON.stringify({ ...newSignUp(), is_owner: true });
        expectRefusal(await post(SIGN_UP, type, bad), 400, 40001);
      });

      it('is accepted as a form only below /oauth (S-131)', async () => {
        const form = { grant_type: 'password', username: user.email, password: user.password };
        const other = await signUp(service);
        const response = await request(service, 'POST', TOKEN, {
          form: { ...form, username: other.email, password: other.password },
        });
        expect(response.status).toBe(200);
        expectRefusal(await request(service, 'POST', SIGN_UP, { form }), 415, 41501);
      });
    });

    describe('on a route that takes none', () => {
      const id = '5f0d2a52-7f0e-4d1b-9f8e-3a1b8c6d7e90';
      const routes: [string, string, number][] = [
        ['GET', '/oauth/me', 200],
        ['HEAD', '/oauth/me', 200],
        ['GET', '/health', 200],
        ['GET', '/.well-known/jwks.json', 200],
        ['GET', '/api/v1/account/user?limit=1', 200],
        ['DELETE', '/api/v1/account/session', 204],
        ['DELETE', `/api/v1/account/user/${id}`, 404],
        ['DELETE', `/api/v1/account/session/${id}`, 404],
        ['PUT', `/api/v1/account/api_key/${id}/revoke`, 404],
      ];
      const bodies: [string, string, Record<string, string | undefined>][] = [
        ['JSON', '{"all": true}', { 'content-type': JSON_TYPE }],
        ['bad JSON', '{', { 'content-type': JSON_TYPE }],
        ['a repeated member', '{"a":1,"a":2}', { 'content-type': JSON_TYPE }],
        ['another type', '<a/>', { 'content-type': 'text/xml' }],
        ['no type', '{}', {}],
        ['a type that is none', '{}', { 'content-type': 'x' }],
        ['a coding', '{}', { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' }],
        ['chunks', '{}', { 'transfer-encoding': 'chunked', 'content-length': undefined }],
        ['more than 64 KiB', 'a'.repeat(LIMIT + 1), { 'content-type': JSON_TYPE }],
        ['no body, with a type that is none', '', { 'content-type': 'x', 'content-length': '0' }],
      ];

      it.each(bodies)('is ignored: %s (RFC 9110 §9.3.1)', async (_, body, headers) => {
        for (const [method, path, status] of routes) {
          const options = { bearer: tokens.access_token, body, headers };
          const answer = await request(service, method, path, options);
          expect([method, path, answer.status]).toEqual([method, path, status]);
        }
      });

      it('is no request of its own on the same connection (S-122)', async () => {
        const smuggled = 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n';
        const bytes =
          `GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}` +
          'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
        const answers = await rawExchange(service, bytes, { untilClosed: true });
        expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
      });

      it('is answered before it ends', async () => {
        const head = 'GET /health/live HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
        const answer = await rawExchange(service, `${head}4000\r\n${'a'.repeat(0x4000)}\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      });
    });

    describe('that is empty', () => {
      it.each(['x', 'text/plain', 'application/json; charset=utf-16', ''])(
        'has no type, whatever the header says: %p (S-130)',
        async (type) => {
          const headers = { 'content-type': type, 'content-length': '0' };
          const path = `${TOKEN}?grant_type=password`;
          const basic = ['nobody@example.com', 'wrong'] as const;
          expectRefusal(await request(service, 'POST', path, { basic, headers }), 403, 40102);
          const chunked = {
            ...headers,
            'transfer-encoding': 'chunked',
            'content-length': undefined,
          };
          const answer = await request(service, 'POST', path, {
            basic,
            headers: chunked,
            body: '',
          });
          expectRefusal(answer, 403, 40102);
        },
      );

      it('works with a JSON type at the password grant (S-130)', async () => {
        const fresh = await signUp(service);
        const response = await request(service, 'POST', `${TOKEN}?grant_type=password`, {
          basic: [fresh.email, fresh.password],
          headers: { 'content-type': JSON_TYPE, 'content-length': '0' },
        });
        expect(response.status).toBe(200);
      });

      it('works with a JSON type on routes without a body (S-130)', async () => {
        const options = { bearer: tokens.access_token, headers: { 'content-type': JSON_TYPE } };
        for (const path of ['/oauth/me', '/oauth/validate', '/health']) {
          expect((await request(service, 'GET', path, options)).status).toBe(200);
        }
      });

      it.each([SIGN_UP, '/oauth/revoke', `${TOKEN}?grant_type=refresh_token`])(
        'is refused where one is needed: %s (S-130)',
        async (path) => expectRefusal(await post(path, JSON_TYPE, ''), 400, 40001),
      );
    });
  },
  { databases: ['sqlite'] },
);
