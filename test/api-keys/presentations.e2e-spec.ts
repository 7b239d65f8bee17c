import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn } from '../support/factories.js';
import { request, type RequestOptions } from '../support/http.js';
import { newKey, newOwner, type Key, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { refresh, revoke } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const encoded = (text: string) => Buffer.from(text).toString('base64');
const TOKEN = '/oauth/token?grant_type=';

describeEachOnce('an API key', (target) => {
  let service: SharedService;
  let owner: Member;
  let key: Key;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
    key = await newKey(service, owner);
  });

  const me = (options: RequestOptions) => request(service, 'GET', '/oauth/me', options);
  const grant = (type: string, options: RequestOptions) =>
    request(service, 'POST', TOKEN + type, options);

  it('is accepted on any route as key and secret, as key.secret with no password, and as bearer (contract §2)', async () => {
    const { apiKey } = key;
    for (const options of [
      { basic: [key.key, key.secret] as const },
      { basic: [apiKey, ''] as const },
      { bearer: apiKey },
      { headers: { Authorization: `bAsIc ${encoded(`${apiKey}:`)}` } },
      { headers: { Authorization: `BEARER ${apiKey}` } },
    ]) {
      const { status, body } = await me(options);
      expect([status, body]).toEqual([
        200,
        {
          id: key.id,
          account_id: owner.accountId,
          email_address: '',
          first_name: 'Nightly export',
          surname: '',
          gravatar_url: '',
          is_owner: false,
          is_verified: false,
          created_at_utc: expect.any(Number),
          modified_at_utc: expect.any(Number),
          type: 'api_key',
          role: 'read_only',
          scope: ['read_only'],
        },
      ]);
    }
  });

  it('is accepted at the token endpoint, in header or body, for both of its grants', async () => {
    for (const [type, options] of [
      ['password', { basic: [key.key, key.secret] }],
      ['password', { basic: [key.apiKey, ''] }],
      ['password', { form: { username: key.key, password: key.secret } }],
      ['client_credentials', { basic: [key.key, key.secret] }],
      ['client_credentials', { basic: [key.apiKey, ''] }],
    ] as const) {
      const { status, body } = await grant(type, options);
      expect([status, body.Scope]).toEqual([200, ['read_only']]);
      expect('refresh_token' in body).toBe(type === 'password');
      const claims = JSON.parse(
        Buffer.from(body.access_token.split('.')[1], 'base64url').toString(),
      );
      expect(claims).toMatchObject({
        id: key.id,
        sub: key.id,
        subject: key.id,
        type: 'api_key',
        account_id: owner.accountId,
      });
      expect((await me({ bearer: body.access_token })).body.id).toBe(key.id);
    }
  });

  it.each(['password', 'client_credentials'])(
    'is accepted as client_id and client_secret under %s, beside an empty client (RFC 6749 §2.3.1, S-193)',
    async (type) => {
      const client = { client_id: key.key, client_secret: key.secret };
      const forms: RequestOptions[] = [
        { form: client },
        { json: client },
        { form: client, headers: { authorization: 'Basic Og==' } },
        { basic: [key.key, key.secret], form: { client_id: 'web' } },
        { basic: [key.key, key.secret], form: { client_id: '', client_secret: '' } },
      ];
      for (const options of forms) {
        const { status, body } = await grant(type, options);
        expect([status, body.Scope]).toEqual([200, ['read_only']]);
        expect('refresh_token' in body).toBe(type === 'password');
      }
    },
  );

  it.each(['password', 'client_credentials'])(
    'is refused beside a second pair of credentials under %s (S-193)',
    async (type) => {
      const client = { client_id: key.key, client_secret: key.secret };
      const user = { username: owner.email, password: owner.password };
      for (const options of [
        { basic: [key.key, key.secret] as const, form: client },
        { basic: [owner.email, owner.password] as const, form: client },
        { bearer: key.apiKey, form: client },
        { form: { ...client, ...user } },
        { form: { client_secret: key.secret } },
        { form: { ...user, client_secret: key.secret } },
      ]) {
        const answer = await grant(type, options);
        expectRefusal(answer, 400, 40001);
        expect(answer.body.error).toBe('invalid_request');
      }
      const proveNothing = [{ client_id: key.apiKey }, { client_id: key.key, client_secret: '' }];
      for (const json of proveNothing) {
        expectRefusal(await grant(type, { json }), 401, 40101);
      }
      const wrong = { client_id: key.key, client_secret: key.key };
      expectRefusal(await grant(type, { form: wrong }), 403, 40102);
      const inQuery = `${type}&client_id=${key.key}&client_secret=${key.secret}`;
      expectRefusal(await grant(inQuery, {}), 400, 40001);
      expect(service.output()).not.toContain(key.secret);
    },
  );

  it.each(['password', 'client_credentials'])(
    'that is wrong is refused with 40102 at the token endpoint, under %s',
    async (type) => {
      for (const basic of [
        [key.key, `${key.secret.slice(0, -1)}x`],
        [key.key, key.key],
        [key.key, ''],
        [`${key.key}.`, ''],
      ] as const) {
        expectRefusal(await grant(type, { basic }), 403, 40102);
      }
    },
  );

  it("cannot be replaced by a user's password at client_credentials, or sent there as username and password", async () => {
    const basic = [owner.email, owner.password] as const;
    expectRefusal(await grant('client_credentials', { basic }), 403, 40102);
    const form = { username: key.key, password: key.secret };
    expectRefusal(await grant('client_credentials', { form }), 400, 40001);
  });

  it.each([
    ['the key as bearer', () => ({ bearer: key.key })],
    ['the secret as bearer', () => ({ bearer: key.secret })],
    ['the key alone', () => ({ basic: [key.key, ''] as const })],
    ['the key as both', () => ({ basic: [key.key, key.key] as const })],
    ['the secret alone', () => ({ basic: [key.secret, ''] as const })],
    ['the halves exchanged', () => ({ bearer: `${key.secret}.${key.key}` })],
    ['the whole as password', () => ({ basic: ['', key.apiKey] as const })],
    ['the whole as user and password', () => ({ basic: [key.apiKey, key.secret] as const })],
    ['the id', () => ({ basic: [key.id, key.secret] as const })],
    ['a blank behind it', () => ({ basic: [`${key.apiKey} `, ''] as const })],
  ])('is refused in any form but its three: %s (S-40)', async (_, options) => {
    const answer = await me(options());
    expectRefusal(answer, 401, answer.body.code);
    expect([40101, 40103, 40105]).toContain(answer.body.code);
  });

  it('works as the official client uses it: grant, ten refreshes with one token, validate, revoke', async () => {
    const fresh = await newKey(service, owner, 'standard');
    const first = (await grant('password', { basic: [fresh.key, fresh.secret] })).body;
    let bearer: string = first.access_token;
    for (let turn = 0; turn < 10; turn++) {
      const answer = await request(service, 'POST', `${TOKEN}refresh_token`, {
        bearer,
        json: { refresh_token: first.refresh_token },
      });
      expect([answer.status, answer.body.refresh_token]).toEqual([200, first.refresh_token]);
      bearer = answer.body.access_token;
    }
    const valid = await request(service, 'GET', '/oauth/validate', { bearer });
    expect([valid.status, valid.body.active]).toEqual([200, true]);
    const tokens = { access_token: bearer, refresh_token: first.refresh_token };
    expect((await revoke(service, tokens)).status).toBe(200);
    expectRefusal(await refresh(service, first.refresh_token), 403, 40106);
    for (const token of [bearer, first.access_token]) {
      expectRefusal(await me({ bearer: token }), 401, 40103);
      const validate = await request(service, 'GET', '/oauth/validate', { bearer: token });
      expectRefusal(validate, 401, 40103);
      expectRefusal(await revoke(service, { ...tokens, access_token: token }), 401, 40103);
    }
    expect((await me({ bearer: fresh.apiKey })).status).toBe(200);
  });

  it('ends its previous session by a password grant, and none by client_credentials (S-48)', async () => {
    const fresh = await newKey(service, owner);
    const basic = [fresh.key, fresh.secret] as const;
    const client = (await grant('client_credentials', { basic })).body;
    const first = (await grant('password', { basic })).body;
    const second = (await grant('password', { basic })).body;
    await grant('client_credentials', { basic });
    expectRefusal(await refresh(service, first.refresh_token), 403, 40106);
    expect((await refresh(service, second.refresh_token)).status).toBe(200);
    expect((await me({ bearer: client.access_token })).status).toBe(200);
    const path = `/api/v1/account/api_key/${fresh.id}/sessions`;
    const { body } = await request(service, 'GET', path, { bearer: owner.bearer });
    expect(body).toHaveLength(3);
    expect((await signIn(service, owner)).refresh_token).toHaveLength(128);
    owner = { ...owner, bearer: (await signIn(service, owner)).access_token };
  });

  describe('beside a refresh (S-194)', () => {
    const withClient = (refresh_token: string, basic: readonly [string, string]) =>
      request(service, 'POST', `${TOKEN}refresh_token`, { basic, json: { refresh_token } });

    it("must be valid and the session's own: 40106", async () => {
      const other = await newKey(service, owner);
      const mine = await grant('password', { basic: [key.key, key.secret] });
      const { refresh_token: token } = mine.body;
      expect((await withClient(token, [key.key, key.secret])).status).toBe(200);
      expectRefusal(await withClient(token, [other.key, other.secret]), 403, 40106);
      expectRefusal(await withClient(token, [key.key, other.secret]), 403, 40106);
      expectRefusal(await withClient(token, [owner.email, owner.password]), 403, 40106);
      const inBody = { client_id: key.key, client_secret: key.secret, refresh_token: token };
      const bearer = mine.body.access_token;
      expect((await grant('refresh_token', { form: inBody, bearer })).status).toBe(200);
      const foreign = { ...inBody, client_id: other.key, client_secret: other.secret };
      expectRefusal(await grant('refresh_token', { form: foreign }), 403, 40106);
      const basic = [key.key, key.secret] as const;
      expectRefusal(await grant('refresh_token', { form: inBody, basic }), 400, 40001);
      const users = await signIn(service, owner);
      expectRefusal(await withClient(users.refresh_token, [key.key, key.secret]), 403, 40106);
    });
  });
});
