import { beforeAll, describe, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const TOKEN = '/oauth/token';
const SIGN_UP = '/api/v1/account';

describeTargets(
  'the content of a body',
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

    describe('in JSON', () => {
      const password = '{"grant_type":"password","grant_type":"refresh_token"}';

      it.each([
        ['broken', '{"a":'],
        ['with a trailing comma', '{"a":1,}'],
        ['with a comment', '{"a":1/**/}'],
        ['with single quotes', "{'a':1}"],
        ['with NaN', '{"a":NaN}'],
        ['with text after it', '{}{}'],
        ['of two values', '{} 1'],
        ['not in UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
        ['in UTF-16', Buffer.from('{}', 'utf16le')],
        ['with a raw line break in a text', '{"a":"\n"}'],
      ])('is refused %s', async (_, body) => {
        for (const path of [SIGN_UP, TOKEN, '/oauth/revoke']) {
          expectRefusal(await post(path, JSON_TYPE, body), 400, 40002);
        }
      });

      it.each([
        ['a member twice', password],
        ['twice with the same value', '{"terms":true,"terms":true}'],
        ['twice, once escaped', '{"terms":true,"t\\u0065rms":false}'],
        ['twice, further in', '{"a":[{"b":1,"b":2}]}'],
      ])('is refused with %s (S-129)', async (_, body) => {
        for (const path of [SIGN_UP, TOKEN, '/oauth/revoke']) {
          expectRefusal(await post(path, JSON_TYPE, body), 400, 40002);
        }
      });

      it.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])(
        'is refused with a member that reaches a prototype: %s (S-132)',
        async (name) => {
          for (const body of [`{"${name}":{"terms":true}}`, `{"a":{"${name}":1}}`]) {
            for (const path of [SIGN_UP, TOKEN, '/oauth/revoke']) {
              expectRefusal(await post(path, JSON_TYPE, body), 400, 40002);
            }
          }
          const { terms: _, ...withoutTerms } = newSignUp();
          const response = await request(service, 'POST', SIGN_UP, { json: withoutTerms });
          expectRefusal(response, 400, 40001);
        },
      );

      it.each([
        ['arrays', '['.repeat(21) + ']'.repeat(21)],
        ['objects', `${'{"a":'.repeat(21)}1${'}'.repeat(21)}`],
        ['arrays without an end', '['.repeat(30_000)],
        ['arrays, very deep', '['.repeat(30_000) + ']'.repeat(30_000)],
        ['objects, very deep', `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`],
      ])('is refused above 20 levels of %s (S-128)', async (_, body) => {
        expectRefusal(await post(SIGN_UP, JSON_TYPE, body), 400, 40002);
      });

      it('is read at 20 levels (S-128)', async () => {
        const body = `{"a":${'['.repeat(19)}${']'.repeat(19)}}`;
        expectRefusal(await post(SIGN_UP, JSON_TYPE, body), 400, 40001);
      });

      it('is refused with very many members (S-128)', async () => {
        const names = Array.from({ length: 4_000 }, (_, i) => `"m${i}":1`);
        expectRefusal(await post(SIGN_UP, JSON_TYPE, `{${names.join()}}`), 400, 40002);
        expectRefusal(await post(SIGN_UP, JSON_TYPE, `[${'1,'.repeat(9_000)}1]`), 400, 40002);
      });

      it.each(['[]', 'null', 'true', '1', '"text"', '[{}]'])(
        'is refused where it is no object: %s (S-133)',
        async (body) => {
          for (const path of [SIGN_UP, '/oauth/revoke', `${TOKEN}?grant_type=password`]) {
            expectRefusal(await post(path, JSON_TYPE, body), 400, 40001);
          }
        },
      );
    });

    describe('in a form', () => {
      it.each(['__proto__', 'constructor', 'prototype', '%5f_proto__', 'a[__proto__]'])(
        'is refused with a field that reaches a prototype: %s (S-132)',
        async (name) => {
          expectRefusal(await post(TOKEN, FORM_TYPE, `${name}=1`), 400, 40002);
        },
      );

      it.each([
        ['a field twice', 'grant_type=password&grant_type=refresh_token'],
        ['a nested name', 'grant_type[b]=1'],
        ['a broken escape', 'grant_type=%zz'],
        ['bytes that are not UTF-8', 'grant_type=%ff'],
        ['very many fields', Array.from({ length: 51 }, (_, i) => `f${i}=1`).join('&')],
        ['a NUL', 'grant_type=password&username=a%00&password=b'],
      ])('is refused with %s (S-128, S-136)', async (_, body) => {
        expectRefusal(await post(TOKEN, FORM_TYPE, body), 400, 40001);
      });
    });
  },
  { databases: ['sqlite'] },
);
