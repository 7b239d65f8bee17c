import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
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

    describe('that is empty', () => {
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
