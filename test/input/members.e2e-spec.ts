import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type RequestOptions } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const notTexts = [0, 1, true, false, null, [], ['a'], {}, { length: 1 }, 1.5];
const TEXT_MEMBERS = [
  'account_name',
  'full_name',
  'email_address',
  'password',
  'country',
  'plan_id',
];

describeEachOnce('a member of a request', (target) => {
  let service: SharedService;
  let user: TestUser;
  let tokens: Tokens;
  beforeAll(async () => {
    service = await sharedService(target);
    user = await signUp(service);
    tokens = await signIn(service, user);
  });

  const openAccount = (json: unknown) => request(service, 'POST', '/api/v1/account', { json });
  const token = (json: unknown) => request(service, 'POST', '/oauth/token', { json });
  const revoke = (json: unknown) =>
    request(service, 'POST', '/oauth/revoke', { json, bearer: tokens.access_token });

  /** Expects a refusal that names the faulty field and repeats no value. */
  async function expectFieldFault(field: string, json: Record<string, unknown>): Promise<void> {
    const response = await openAccount(json);
    expectRefusal(response, 400, 40001);
    expect(response.body.errors).toEqual([{ field, message: expect.any(String) }]);
  }

  describe('that is unknown', () => {
    it.each([
      'id',
      'account_id',
      'role',
      'scope',
      'is_owner',
      'is_active',
      'is_verified',
      'password_hash',
      'passwordHash',
      'created_at_utc',
      'hasOwnProperty',
      'toString',
      '',
    ])('is refused at sign-up: %p (S-126)', async (name) => {
      await expectFieldFault(name, { ...newSignUp(), [name]: 'owner' });
    });

    it('is ignored at the token endpoint and at revoke, in query, form and JSON (S-98, RFC 6749 §3.2)', async () => {
      const other = await signUp(service);
      const form = { grant_type: 'password', username: other.email, password: other.password };
      const unknown = { audience: 'https://api.example.com', account_id: user.accountId };
      const post = (path: string, options: RequestOptions) =>
        request(service, 'POST', path, options);
      const repeated = `${new URLSearchParams({ ...form, ...unknown }).toString()}&resource=a&resource=b`;
      const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
      const path = '/oauth/token?resource=a&resource=b&x[]=1&audience=y';
      const inJson = { ...form, ...unknown, resource: ['a', { b: 1 }], x: null };
      expect((await post(path, { json: inJson })).status).toBe(200);
      const granted = await post(path, { body: repeated, headers: asForm });
      expect(granted.status).toBe(200);
      const { access_token: bearer, refresh_token } = granted.body as Tokens;
      const json = { refresh_token, token_type_hint: 'refresh_token', user_id: 1 };
      const ended = await post('/oauth/revoke?foo=bar', { bearer, json });
      expect([ended.status, ended.text]).toEqual([200, '{}']);
    });

    it('is refused there if it is a known one in another spelling, or duplicate (S-98)', async () => {
      const grant = { grant_type: 'password', username: user.email, password: user.password };
      for (const name of ['Grant_Type', 'USERNAME', 'Client_Secret', 'scope[]']) {
        expectRefusal(await token({ ...grant, [name]: 'x' }), 400, 40001);
      }
      expectRefusal(await revoke({ refresh_token: 'x', Refresh_Token: 'x' }), 400, 40001);
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const twice of ['grant_type=password', 'username=x', 'client_id=x&client_id=x']) {
        const body = `${new URLSearchParams(grant).toString()}&${twice}`;
        const answer = await request(service, 'POST', '/oauth/token', { body, headers });
        expectRefusal(answer, 400, 40001);
      }
      for (const name of ['__proto__', 'constructor', 'prototype']) {
        const body = `${new URLSearchParams(grant).toString()}&${name}=x`;
        const answer = await request(service, 'POST', '/oauth/token', { body, headers });
        expectRefusal(answer, 400, 40002);
      }
    });

    it('is reported by its name, without its value (S-143)', async () => {
      const response = await openAccount({ ...newSignUp(), nickname: 'value-canary' });
      expectRefusal(response, 400, 40001);
      expect(response.text).not.toContain('value-canary');
    });
  });

  describe('of another type', () => {
    it.each(TEXT_MEMBERS)(
      'is refused at sign-up, nothing is converted: %s (S-126, S-133)',
      async (name) => {
        for (const value of notTexts)
          await expectFieldFault(name, { ...newSignUp(), [name]: value });
      },
    );

    it.each(['true', 1, 'yes', null, false, [true]])(
      'is not accepted as consent: terms %p (S-126, S-133)',
      async (terms) => expectFieldFault('terms', { ...newSignUp(), terms }),
    );

    it.each(notTexts.map((value) => [value]))(
      'is refused for a credential and never reaches SQL: %p (S-133)',
      async (value) => {
        const grant = { grant_type: 'password', username: user.email, password: user.password };
        expectRefusal(await token({ ...grant, username: value }), 400, 40001);
        expectRefusal(await token({ ...grant, password: value }), 400, 40001);
        expectRefusal(await token({ ...grant, grant_type: value }), 400, 40001);
        expectRefusal(
          await token({ grant_type: 'refresh_token', refresh_token: value }),
          400,
          40001,
        );
        expectRefusal(await revoke({ refresh_token: value }), 400, 40001);
      },
    );
  });

  describe('that is missing', () => {
    it.each([
      'account_name',
      'full_name',
      'email_address',
      'password',
      'country',
      'terms',
    ] as const)('is named: %s', async (name) => {
      const { [name]: _, ...rest } = newSignUp();
      await expectFieldFault(name, rest);
    });

    it('finds no user: a look-up without a value never gives the first row (S-134)', async () => {
      const refresh = { grant_type: 'refresh_token' };
      expectRefusal(await token({ ...refresh }), 400, 40001);
      expectRefusal(await token({ ...refresh, refresh_token: '' }), 403, 40106);
      expectRefusal(await revoke({}), 400, 40001);
      expectRefusal(await revoke({ refresh_token: '' }), 401, 40106);
      const password = { grant_type: 'password', password: user.password };
      expectRefusal(await token(password), 400, 40001);
      expectRefusal(await token({ ...password, username: '' }), 403, 40102);
      expectRefusal(await token({ ...password, username: '@' }), 403, 40102);
    });
  });
});
