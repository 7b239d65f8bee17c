import { beforeAll, describe, expect, it } from '@jest/globals';
import { CryptoRuns } from '../support/crypto-runs.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp, type TestUser } from '../support/factories.js';
import { basic, request, type RequestOptions } from '../support/http.js';
import { newOwner } from '../support/members.js';
import { confirmReset, requestReset, tokenFor } from '../support/one-time-links.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const encoded = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64');

describeEachOnce('credentials at the token endpoint and elsewhere', (target) => {
  const cryptoRuns = new CryptoRuns();
  let service: TestService;
  let user: TestUser;

  beforeAll(async () => {
    service = await startService({ target, env: cryptoRuns.env });
    user = await signUp(service);
  });

  const token = (query: string, options: RequestOptions = {}) =>
    request(service, 'POST', `/oauth/token${query}`, options);
  const me = (authorization: string) =>
    request(service, 'GET', '/oauth/me', { headers: { authorization } });

  describe('POST /oauth/token', () => {
    it('accepts the grant type in the query, in the body or in both (S-62)', async () => {
      const { email: username, password } = user;
      const header = { basic: [username, password] as const };
      const answers = [
        await token('?grant_type=password', header),
        await token('', { ...header, form: { grant_type: 'password' } }),
        await token('?grant_type=password', { ...header, json: { grant_type: 'password' } }),
        await token('?grant_type=password', { json: { username, password } }),
        await token('', { form: { grant_type: 'password', username, password, scope: '' } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    });

    it.each([
      ['missing', '', 40003],
      ['empty', '?grant_type=', 40003],
      ['unknown', '?grant_type=implicit', 40003],
      ['in another case', '?grant_type=Password', 40003],
      ['the name of a built-in method', '?grant_type=toString', 40003],
      ['given twice', '?grant_type=password&grant_type=password', 40001],
      ['given as a list', '?grant_type[]=password', 40001],
    ])('refuses a grant type that is %s (S-62)', async (_, query, code) => {
      const answer = await token(query, { basic: [user.email, user.password] });
      expectRefusal(answer, 400, code);
      const error = code === 40003 ? 'unsupported_grant_type' : 'invalid_request';
      expect(answer.body.error).toBe(error);
    });

    it('refuses a grant type that differs between query and body (S-62)', async () => {
      const answer = await token('?grant_type=password', { json: { grant_type: 'refresh_token' } });
      expectRefusal(answer, 400, 40001);
    });

    it('ignores an empty client beside credentials in the body (S-193)', async () => {
      const form = { grant_type: 'password', username: user.email, password: user.password };
      const answer = await token('', { form, headers: { authorization: 'Basic Og==' } });
      expect(answer.status).toBe(200);
    });

    it.each([
      ['the same pair', (): string => basic(user.email, user.password)],
      ['a client id', (): string => basic('client', '')],
      ['a bearer', (): string => 'Bearer abc'],
    ])('refuses credentials in the body with %s in the header (S-193)', async (_, header) => {
      const form = { grant_type: 'password', username: user.email, password: user.password };
      const answer = await token('', { form, headers: { authorization: header() } });
      expectRefusal(answer, 400, 40001);
    });

    it('answers 401 with a challenge when there are no credentials (S-35)', async () => {
      for (const headers of [
        {},
        { authorization: 'Basic Og==' },
        { authorization: 'Digest a=b' },
      ]) {
        for (const grant of ['password', 'client_credentials']) {
          const answer = await token(`?grant_type=${grant}`, { headers });
          expectRefusal(answer, 401, 40101);
          expect(answer.body.error).toBe('invalid_client');
          expect(answer.headers.get('www-authenticate')).toBe(
            'Basic realm="Gatehouse", charset="UTF-8"',
          );
        }
      }
    });

    it('answers a malformed Basic header with invalid_client, at every grant (contract §3)', async () => {
      const { refresh_token } = await signIn(service, user);
      const { email: username, password } = user;
      for (const authorization of ['Basic', 'Basic %%%', `Basic ${encoded('no colon')}`]) {
        for (const json of [
          { grant_type: 'password' },
          { grant_type: 'password', username, password },
          { grant_type: 'client_credentials' },
          { grant_type: 'refresh_token', refresh_token },
        ]) {
          const answer = await token('', { json, headers: { authorization } });
          expectRefusal(answer, 401, 40101);
          expect(answer.body.error).toBe('invalid_client');
          expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
        }
      }
      const json = { grant_type: 'refresh_token', refresh_token };
      expect((await token('', { json })).status).toBe(200);
    });

    it('refuses an address and password in client_id and client_secret, without a bcrypt run (S-193)', async () => {
      const { email: client_id, password: client_secret } = user;
      const runs = await cryptoRuns.bcryptCosts(async () => {
        for (const grant_type of ['password', 'client_credentials']) {
          const form = { grant_type, client_id, client_secret };
          expectRefusal(await token('', { form }), 403, 40102);
        }
      });
      expect(runs).toEqual([]);
    });

    it('names the missing half of a pair', async () => {
      const json = { grant_type: 'password', username: user.email };
      const answer = await token('', { json });
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors).toEqual([{ field: 'password', message: expect.any(String) }]);
    });

    it('refuses a refresh with a client that is not the session’s (S-194)', async () => {
      const { refresh_token } = await signIn(service, user);
      const json = { grant_type: 'refresh_token', refresh_token };
      for (const options of [
        { json, headers: { authorization: basic('key', 'secret') } },
        { json: { ...json, client_id: 'key', client_secret: 'secret' } },
      ]) {
        const answer = await token('', options);
        expectRefusal(answer, 403, 40106);
        expect(answer.body.error).toBe('invalid_grant');
      }
    });

    it('refuses a user at the client_credentials grant', async () => {
      const answer = await token('?grant_type=client_credentials', {
        basic: [user.email, user.password],
      });
      expectRefusal(answer, 403, 40102);
    });
  });

  describe('the Basic header', () => {
    it('accepts the scheme in any case (S-36)', async () => {
      const value = encoded(`${user.email}:${user.password}`);
      for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
        const headers = { authorization: `${scheme} ${value}` };
        expect((await token('?grant_type=password', { headers })).status).toBe(200);
      }
    });

    it.each([
      [
        'characters that are not base64 (S-36)',
        (good: string) => `${good.slice(0, 8)}!${good.slice(8)}`,
      ],
      ['a space inside (S-36)', (good: string) => `${good.slice(0, 8)} ${good.slice(8)}`],
      ['text behind it (S-36)', (good: string) => `${good} realm=x`],
      [
        'bytes that are not UTF-8 (S-37)',
        () => encoded(Buffer.from([0x61, 0x40, 0x62, 0x3a, 0xff])),
      ],
      ['a NUL (S-37)', () => encoded('a@b.c:pass\u0000word')],
      ['a line break (S-37)', () => encoded('a@b.c:pass\r\nword')],
      ['a DEL (S-37)', () => encoded('a@b.c:pass\u007fword')],
      ['no colon (S-38)', () => encoded('ada@example.com')],
      ['more than 8 KiB (S-139)', () => encoded(`a@b.c:${'x'.repeat(7000)}`)],
    ])('refuses %s', async (_, spoil) => {
      const good = encoded(`${user.email}:${user.password}`);
      const headers = { authorization: `Basic ${spoil(good)}` };
      expectRefusal(await token('?grant_type=password', { headers }), 401, 40101);
    });
  });

  describe('other routes', () => {
    it('refuse a password, without a bcrypt run (S-192)', async () => {
      expect(await cryptoRuns.bcryptCosts(() => signIn(service, user))).toEqual([10]);
      const runs = await cryptoRuns.bcryptCosts(async () => {
        expectRefusal(await me(basic(user.email, user.password)), 401, 40101);
        expectRefusal(await me(basic(user.email, 'wrong')), 401, 40101);
      });
      expect(runs).toEqual([]);
    });

    it('hash one password for 20 uses of a link at once, and none for unknown links (S-08, S-108)', async () => {
      const owner = await newOwner(service);
      await requestReset(service, owner.email);
      const link = await tokenFor(service.database, owner.id, 'reset');
      const { password } = newSignUp();
      const use = (text: string) => inParallel(20, () => confirmReset(service, text, password));
      const unknown = link.slice(0, -4) + (link.endsWith('AAAA') ? 'BBBB' : 'AAAA');
      expect(await cryptoRuns.bcryptCosts(() => use(unknown))).toEqual([]);
      expect(await cryptoRuns.bcryptCosts(() => use(link))).toEqual([10]);
      await signIn(service, { email: owner.email, password });
    });

    it.each([
      ['key and secret', basic('key', 'secret')],
      ['both in one string with an empty password', basic('key.secret', '')],
      ['a key alone (S-40)', basic('key', '')],
      ['both in one string as a bearer', 'Bearer key.secret'],
    ])('refuse an unknown API key as %s (S-39)', async (_, authorization) => {
      expectRefusal(await me(authorization), 401, 40105);
    });

    it.each([
      ['none', undefined],
      ['an unknown scheme', 'Digest username="ada"'],
      ['a scheme alone', 'Bearer'],
      ['an empty client', 'Basic Og=='],
    ])('answer 401 to %s and name both schemes (S-35)', async (_, authorization) => {
      const answer = await request(service, 'GET', '/oauth/me', { headers: { authorization } });
      expectRefusal(answer, 401, 40101);
      expect(answer.headers.get('www-authenticate')).toBe(
        'Basic realm="Gatehouse", charset="UTF-8", Bearer realm="Gatehouse"',
      );
    });

    it('refuse two Authorization headers (S-41)', async () => {
      const { access_token } = await signIn(service, user);
      const bearer = `Bearer ${access_token}`;
      const headers = { authorization: [bearer, bearer] };
      expectRefusal(await request(service, 'GET', '/oauth/me', { headers }), 400, 40001);
    });

    it.each(['access_token', 'password', 'refresh_token', 'api_key', 'Password', 'secret'])(
      'refuse the credential %s in the query and log none of it (S-41, S-43)',
      async (name) => {
        const secret = `canary-${name}-in-query`;
        const answer = await request(service, 'GET', `/oauth/me?${name}=${secret}`);
        expectRefusal(answer, 400, 40001);
        expect(service.output()).not.toContain(secret);
      },
    );

    it('accept credentials only in the Authorization header (S-42)', async () => {
      const { access_token } = await signIn(service, user);
      const places = [
        { cookie: `access_token=${access_token}; Authorization=Bearer ${access_token}` },
        { 'x-access-token': access_token, 'x-api-key': access_token },
        { 'proxy-authorization': `Bearer ${access_token}` },
      ];
      for (const headers of places) {
        expectRefusal(await request(service, 'GET', '/oauth/me', { headers }), 401, 40101);
      }
    });

    it('reflect no origin (S-42)', async () => {
      const headers = { origin: 'https://elsewhere.example' };
      const answer = await request(service, 'GET', '/oauth/me', { headers });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    });
  });
});
