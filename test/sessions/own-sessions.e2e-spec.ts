import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn } from '../support/factories.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner } from '../support/members.js';
import { startService, type TestService } from '../support/service.js';
import { refresh } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const SESSIONS = '/api/v1/account/session';

describeEachOnce("a user's own sessions", (target) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ target, env: { MAX_SESSIONS: '3' } });
  });

  const list = async (bearer: string) => (await request(service, 'GET', SESSIONS, { bearer })).body;
  const end = (bearer: string, id: string) =>
    request(service, 'DELETE', `${SESSIONS}/${id}`, { bearer });

  it('are listed without a secret, with the current one marked (S-60, S-99)', async () => {
    const owner = await newOwner(service);
    await signIn(service, owner);
    const sessions = await list(owner.bearer);
    expect(sessions.map((each: { is_current: boolean }) => each.is_current)).toEqual([false, true]);
    expect(sessions[1]).toEqual({
      id: expect.any(String),
      created_at_utc: expect.any(Number),
      last_accessed_at_utc: expect.any(Number),
      expires_at: expect.any(Number),
      ip_address: '127.0.0.1',
      user_agent: null,
      is_current: true,
    });
  });

  it('are ended one by one, with their tokens (S-60)', async () => {
    const owner = await newOwner(service);
    const other = await signIn(service, owner);
    const [{ id }] = await list(owner.bearer);
    expect((await end(owner.bearer, id)).status).toBe(204);
    const bearer = other.access_token;
    expectRefusal(await request(service, 'GET', '/oauth/me', { bearer }), 401, 40103);
    expectRefusal(await refresh(service, other.refresh_token), 403, 40106);
    expect(await list(owner.bearer)).toHaveLength(1);
    expectRefusal(await end(owner.bearer, id), 404, 40410);
  });

  it('cannot be ended or seen by another user, not even by the owner (S-60)', async () => {
    const owner = await newOwner(service);
    const member = await newMember(service, owner, 'standard');
    const [{ id }] = await list(member.bearer);
    const refused = await end(owner.bearer, id);
    const unknown = await end(owner.bearer, randomUUID());
    expectRefusal(refused, 404, 40410);
    expect(refused.text).toBe(unknown.text);
    expect(JSON.stringify(await list(owner.bearer))).not.toContain(id);
    expect(await list(member.bearer)).toHaveLength(1);
  });

  describe('all at once', () => {
    const endAll = (bearer: string, query = '') =>
      request(service, 'DELETE', `${SESSIONS}${query}`, { bearer });
    const isIn = async (bearer: string) =>
      (await request(service, 'GET', '/oauth/me', { bearer })).status === 200;

    it('are ended, except the current one (S-60, contract §7)', async () => {
      const owner = await newOwner(service);
      const member = await newMember(service, owner, 'standard');
      const others = [await signIn(service, owner), await signIn(service, owner)];
      const answer = await endAll(owner.bearer);
      expect([answer.status, answer.text]).toEqual([204, '']);
      for (const other of others) {
        expect(await isIn(other.access_token)).toBe(false);
        expectRefusal(await refresh(service, other.refresh_token), 403, 40106);
      }
      expect([await isIn(owner.bearer), await isIn(member.bearer)]).toEqual([true, true]);
      expect((await endAll(owner.bearer)).status).toBe(204);
      const ended = service.output().match(/session\.revoked .*/g) ?? [];
      expect(ended.filter((line) => line.includes(owner.id))).toHaveLength(2);
    });

    it('are ended with the current one for ?all=true (contract §7)', async () => {
      const owner = await newOwner(service);
      const other = await signIn(service, owner);
      expect((await endAll(owner.bearer, '?all=true')).status).toBe(204);
      expect([await isIn(owner.bearer), await isIn(other.access_token)]).toEqual([false, false]);
    });

    it.each([
      '?all=false',
      '?all=',
      '?all',
      '?all=1',
      '?all=TRUE',
      '?all=true&all=true',
      '?All=true',
    ])('are all kept for any other query: %s (contract §7)', async (query) => {
      const owner = await newOwner(service);
      const other = await signIn(service, owner);
      expectRefusal(await endAll(owner.bearer, query), 400, 40001);
      expect([await isIn(owner.bearer), await isIn(other.access_token)]).toEqual([true, true]);
    });

    it('are all kept when an id is empty: 404 (contract §7)', async () => {
      const owner = await newOwner(service);
      const other = await signIn(service, owner);
      for (const path of ['/', '//', '/?all=true', '/%20', '/null', '/undefined']) {
        expect((await endAll(owner.bearer, path)).status).toBe(404);
      }
      expect([await isIn(owner.bearer), await isIn(other.access_token)]).toEqual([true, true]);
    });
  });

  it('are refused to an API key: 40302', async () => {
    const owner = await newOwner(service);
    const { apiKey } = await newKey(service, owner);
    const answer = await request(service, 'GET', SESSIONS, { bearer: apiKey });
    expectRefusal(answer, 403, 40302);
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", error_description="For users, not for API keys"',
    );
  });
});
