// The end of access tokens, and the one use of an expired one.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { claimsOf, resigned } from '../support/claims.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { newKey, newMember, newOwner, type Key, type Member } from '../support/members.js';
import { startService, type TestService } from '../support/service.js';
import { liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const JWT_SECRET = randomBytes(48).toString('base64url');

/** The same tokens, with a genuine access token that expired so many seconds ago. */
function expired<T extends Pick<Tokens, 'access_token'>>(
  tokens: T,
  seconds = 3_600,
  change = {},
): T {
  const exp = Math.floor(Date.now() / 1000) - seconds;
  const claims = { iat: exp - 900, exp, ...change };
  return { ...tokens, access_token: resigned(tokens.access_token, JWT_SECRET, { claims }) };
}

describeTargets(
  'an access token',
  (target) => {
    let service: TestService;
    let owner: Member;
    beforeAll(async () => {
      const env = { JWT_SECRET, MAX_SESSIONS: '3', API_KEY_MAX_SESSIONS: '2' };
      service = await startService({ target, env });
      owner = await newOwner(service);
    });

    const get = (path: string, bearer: string) => request(service, 'GET', path, { bearer });
    const grant = (type: string, { key, secret }: Key): Promise<HttpResponse> =>
      request(service, 'POST', `/oauth/token?grant_type=${type}`, { basic: [key, secret] });

    it('ends at its exp, with no tolerance, at guards and at validate (S-71, contract §4)', async () => {
      const tokens = await signIn(service, await signUp(service));
      // Fills the verification cache, which must not prolong the token.
      expect((await get('/oauth/me', tokens.access_token)).status).toBe(200);
      for (const seconds of [0, 1, 29]) {
        const { access_token: bearer } = expired(tokens, seconds);
        for (const path of ['/oauth/me', '/oauth/validate', '/api/v1/account']) {
          expectRefusal(await get(path, bearer), 401, 40104);
        }
      }
    });

    it('ends no later than its key, in every answer that shows its end (S-71)', async () => {
      const end = Date.now() + 100_500;
      const key = await newKey(service, owner, 'read_only', { expires_at: end });
      const first = (await grant('password', key)).body as Tokens;
      const answers = [
        first,
        (await grant('client_credentials', key)).body as Tokens,
        (await refresh(service, first.refresh_token)).body as Tokens,
      ];
      for (const { access_token: bearer, expires_at, expires_in } of answers) {
        const { exp, iat } = claimsOf(bearer) as { exp: number; iat: number };
        expect([exp * 1000, exp - iat]).toEqual([expires_at, expires_in]);
        expect(exp).toBe(Math.floor(end / 1000));
        expect((await get('/oauth/validate', bearer)).body.expires_at).toBe(expires_at);
      }
      expect((await get('/oauth/validate', key.apiKey)).body.expires_at).toBe(end);
      const endless = await newKey(service, owner);
      expect((await get('/oauth/validate', endless.apiKey)).body.expires_at).toBeNull();
    });

    it('is followed by validate for a replaced API key secret, which ends with its overlap (contract §7)', async () => {
      const key = await newKey(service, owner);
      const path = `/api/v1/account/api_key/${key.id}/rotate`;
      const json = { overlap_seconds: 100 };
      const before = Date.now();
      await request(service, 'POST', path, { bearer: owner.bearer, json });
      const { body } = await get('/oauth/validate', key.apiKey);
      expect(body.expires_at).toBeGreaterThanOrEqual(before + 100_000);
      expect(body.expires_at).toBeLessThanOrEqual(Date.now() + 100_000);
    });

    it('belongs to one of at most API_KEY_MAX_SESSIONS sessions of a key (contract §3)', async () => {
      const key = await newKey(service, owner);
      const sessions: Tokens[] = [];
      for (let turn = 0; turn < 3; turn++) {
        sessions.push((await grant('password', key)).body as Tokens);
        await grant('client_credentials', key);
      }
      // Sessions that began in the same millisecond have no defined order.
      const live = await Promise.all(
        sessions.map(async ({ access_token }) => (await get('/oauth/me', access_token)).status),
      );
      expect(live.filter((status) => status === 200)).toHaveLength(2);
    });

    describe('that has expired', () => {
      it('ends its own session, at revoke and nowhere else (contract §5)', async () => {
        const user = await signUp(service);
        const tokens = await signIn(service, user);
        const late = expired(tokens);
        expectRefusal(await get('/oauth/me', late.access_token), 401, 40104);
        const answer = await revoke(service, late);
        expect([answer.status, answer.text]).toEqual([200, '{}']);
        expect(await liveSessionIds(service.database, user.accountId)).toEqual([]);
        expectRefusal(await get('/oauth/me', tokens.access_token), 401, 40103);
        expectRefusal(await refresh(service, tokens.refresh_token), 403, 40106);
        expectRefusal(await revoke(service, late), 401, 40103);
      });

      it('is refused elsewhere after it was used at revoke (S-71)', async () => {
        const tokens = await signIn(service, await signUp(service));
        const late = expired(tokens);
        expectRefusal(await revoke(service, { ...late, refresh_token: 'x' }), 401, 40106);
        expectRefusal(await get('/oauth/me', late.access_token), 401, 40104);
        expectRefusal(await get('/api/v1/account/session', late.access_token), 401, 40104);
      });

      it("ends an API key's session as well", async () => {
        const key = await newKey(service, owner);
        const tokens = (await grant('password', key)).body as Tokens;
        expect((await revoke(service, expired(tokens))).status).toBe(200);
        expectRefusal(await refresh(service, tokens.refresh_token), 403, 40106);
      });

      it('ends no other session, not even of the same user: 40106 (contract §5)', async () => {
        const user = await signUp(service);
        const [one, other] = [await signIn(service, user), await signIn(service, user)];
        const stranger = await signIn(service, await signUp(service));
        for (const { refresh_token } of [other, stranger]) {
          expectRefusal(await revoke(service, { ...expired(one), refresh_token }), 401, 40106);
          expect((await refresh(service, refresh_token)).status).toBe(200);
        }
        // A token that has not expired can end it.
        const { refresh_token } = (await refresh(service, other.refresh_token)).body as Tokens;
        expect((await revoke(service, { ...one, refresh_token })).status).toBe(200);
      });

      it('is refused at revoke when anything else is wrong with it, and never as 40104 (S-57)', async () => {
        const tokens = await signIn(service, await signUp(service));
        const other = await signIn(service, await signUp(service));
        const ahead = Math.floor(Date.now() / 1000) + 3_600;
        const late = expired(tokens);
        const spoilt = [
          { iss: 'x' },
          { aud: 'x' },
          { type: 'api_key' },
          { iat: ahead },
          { nbf: ahead },
          { sid: claimsOf(other.access_token)['sid'] },
          { id: 'x' },
          { jti: undefined },
        ].map((change) => expired(tokens, 3_600, change).access_token);
        const { access_token } = late;
        const forged = resigned(access_token, randomBytes(48).toString('base64url'), {});
        for (const bearer of [...spoilt, forged, `${access_token.slice(0, -4)}AAAA`]) {
          expectRefusal(await revoke(service, { ...tokens, access_token: bearer }), 401, 40103);
        }
        for (const refresh_token of ['', 'x', 'A'.repeat(128), access_token]) {
          expectRefusal(await revoke(service, { ...late, refresh_token }), 401, 40106);
        }
        const json = {};
        const without = { bearer: access_token, json };
        expectRefusal(await request(service, 'POST', '/oauth/revoke', without), 400, 40001);
        expect((await refresh(service, tokens.refresh_token)).status).toBe(200);
      });

      it.each([
        ['the session has ended', 'UPDATE refresh_tokens SET expires_at = 1 WHERE user_id = ?'],
        ['the user is disabled', 'UPDATE users SET is_active = FALSE WHERE id = ?'],
      ])('is refused at revoke once %s: 40103 (contract §5)', async (_, sql) => {
        const member = await newMember(service, owner, 'standard');
        await service.database.query(sql, [member.id]);
        expectRefusal(await revoke(service, expired(member.tokens)), 401, 40103);
      });
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
