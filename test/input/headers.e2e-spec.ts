import { beforeAll, expect, it } from '@jest/globals';
import { createHmac, randomBytes } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { basic, request } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';

const jwtSecret = randomBytes(48).toString('base64url');
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const TOKEN = '/oauth/token?grant_type=password';

describeTargets(
  'a request header',
  (target) => {
    let service: TestService;
    let user: TestUser;
    let tokens: Tokens;
    beforeAll(async () => {
      service = await startService({ target, env: { JWT_SECRET: jwtSecret } });
      user = await signUp(service);
      tokens = await signIn(service, user);
    });

    const me = (authorization: string) =>
      request(service, 'GET', '/oauth/me', { headers: { authorization } });

    const sign = (header: string, payload: string) => {
      const signed = `${header}.${base64url(payload)}`;
      return `${signed}.${createHmac('sha256', jwtSecret).update(signed).digest('base64url')}`;
    };

    it('is refused when all headers together exceed 16 KiB (S-139)', async () => {
      const headers = { 'x-long': 'a'.repeat(16 * 1024) };
      expectRefusal(await request(service, 'GET', '/oauth/me', { headers }), 431, 43101);
    });

    it('is read below 16 KiB (S-139)', async () => {
      const headers = { 'x-long': 'a'.repeat(15 * 1024) };
      const response = await request(service, 'GET', '/oauth/me', {
        bearer: tokens.access_token,
        headers,
      });
      expect(response.status).toBe(200);
    });

    it('is refused as Authorization above 8 KiB before any hashing (S-139)', async () => {
      const password = 'p'.repeat(8_000);
      const attempt = { basic: [user.email, password] as const };
      expectRefusal(await request(service, 'POST', TOKEN, attempt), 401, 40101);
      expect(service.output()).not.toContain('sign_in.failed');
    });

    it('is refused as Authorization above 8 KiB before any signature work (S-139)', async () => {
      const [header = ''] = tokens.access_token.split('.');
      const long = sign(header, JSON.stringify({ filler: 'a'.repeat(7_000) }));
      expect(long.length).toBeGreaterThan(8 * 1024);
      expectRefusal(await me(`Bearer ${long}`), 401, 40101);
    });

    it.each([
      ['no parts', 'x'],
      ['an empty text', ''],
      ['dots only', '..'],
      ['two parts', 'a.b'],
      ['three empty parts and one more', '...'],
      ['four parts', 'a.b.c.d'],
      ['five parts, as an encrypted one has', 'a.b.c.d.e'],
      ['bad base64url', '!!!.???.***'],
      ['padding', 'YQ==.YQ==.YQ=='],
      ['a header that is no JSON', `${base64url('x')}.${base64url('{}')}.x`],
      ['a header that is null', `${base64url('null')}.${base64url('{}')}.x`],
      ['a header that is a list', `${base64url('[]')}.${base64url('{}')}.x`],
      ['a text after it', 'a.b.c d'],
      ['a comma after it', 'a.b.c,d'],
      ['bytes beyond ASCII', 'a.b.\u00e9'],
      ['very many dots', '.'.repeat(8_000)],
    ])('is refused as a bearer token with %s (S-78)', async (_, token) => {
      const response = await me(`Bearer ${token}`);
      expect(response.status).toBe(401);
      expect([40101, 40103, 40105]).toContain(response.body.code);
      expectRefusal(response, 401, response.body.code);
      if (token.length > 5) expect(response.text).not.toContain(token);
    });

    it('is refused as a bearer token of 100 KB and not echoed (S-78)', async () => {
      const response = await me(`Bearer ${'a'.repeat(100_000)}`);
      expectRefusal(response, 431, 43101);
      expect(response.text).not.toContain('aaaa');
    });

    it('is refused as a token whose payload is no object of claims (S-78)', async () => {
      const [header = ''] = tokens.access_token.split('.');
      for (const payload of ['null', '[]', '"x"', '1', '', 'x', '{', '{}']) {
        expectRefusal(await me(`Bearer ${sign(header, payload)}`), 401, 40103);
      }
    });

    it('is refused as a token with a duplicate claim (S-78)', async () => {
      const [header = '', payload = ''] = tokens.access_token.split('.');
      const claims = Buffer.from(payload, 'base64url').toString();
      expect((await me(`Bearer ${sign(header, claims)}`)).status).toBe(200);
      for (const twice of [
        claims.replace('{', '{"type":"api_key",'),
        claims.replace(/}$/, ',"type":"user"}'),
        claims.replace('{', '{"scope":[],'),
        claims.replace('{', '{ '),
      ]) {
        expectRefusal(await me(`Bearer ${sign(header, twice)}`), 401, 40103);
      }
    });

    it.each(['Bearer', 'Basic', 'Digest x', 'Negotiate x', 'bearer:x', ' ', 'Bearer\tx', 'Basic '])(
      'is refused as a credential in %p',
      async (authorization) => expectRefusal(await me(authorization), 401, 40101),
    );

    it('is refused as a second Authorization, whatever it contains (S-41)', async () => {
      const good = `Bearer ${tokens.access_token}`;
      const other = basic(user.email, user.password);
      for (const authorization of [
        [good, good],
        [good, other],
        [other, good],
        [good, ''],
      ]) {
        const response = await request(service, 'GET', '/oauth/me', { headers: { authorization } });
        expectRefusal(response, 400, 40001);
      }
    });

    it.each(['X-Api-Key', 'X-Authorization', 'X-Access-Token', 'Proxy-Authorization', 'Cookie'])(
      'is no credential under another name: %s (S-42)',
      async (name) => {
        const token = tokens.access_token;
        const value = name === 'Cookie' ? `access_token=${token}` : `Bearer ${token}`;
        const response = await request(service, 'GET', '/oauth/me', { headers: { [name]: value } });
        expectRefusal(response, 401, 40101);
      },
    );

    it.each([
      ['a good one', 'Ab-12', true],
      ['64 characters', 'a'.repeat(64), true],
      ['65 characters', 'a'.repeat(65), false],
      ['a line break in disguise', 'a%0d%0ab', false],
      ['a space', 'a b', false],
      ['nothing', '', false],
    ])('is accepted as correlation id in one form only: %s (S-149)', async (_, id, isTaken) => {
      const response = await request(service, 'GET', '/nowhere', {
        headers: { 'X-Request-Id': id },
      });
      expectRefusal(response, 404, 40400);
      const answered = response.headers.get('x-request-id') ?? '';
      expect(answered === id).toBe(isTaken);
      expect(answered).toMatch(/^[A-Za-z0-9-]{1,64}$/);
    });
  },
  { databases: ['sqlite'] },
);
