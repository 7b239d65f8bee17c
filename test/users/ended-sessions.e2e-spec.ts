// Changes that end sessions at once (S-55).
import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn } from '../support/factories.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, type Member } from '../support/members.js';
import { startService, type TestService } from '../support/service.js';
import { refresh } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const NEW_PASSWORD = 'four brown bears by a blue lake';

const TRIGGERS = {
  'a changed role': (service: TestService, owner: Member, member: Member) =>
    request(service, 'PATCH', `/api/v1/account/user/${member.id}`, {
      bearer: owner.bearer,
      json: { role: 'read_only' },
    }),
  'a deactivation': (service: TestService, owner: Member, member: Member) =>
    request(service, 'PATCH', `/api/v1/account/user/${member.id}`, {
      bearer: owner.bearer,
      json: { is_active: false },
    }),
  'a request of the owner': (service: TestService, owner: Member, member: Member) =>
    request(service, 'DELETE', `/api/v1/account/user/${member.id}/session`, {
      bearer: owner.bearer,
    }),
  'a deletion': (service: TestService, owner: Member, member: Member) =>
    request(service, 'DELETE', `/api/v1/account/user/${member.id}`, { bearer: owner.bearer }),
  'the hand-over to the user': (service: TestService, owner: Member, member: Member) =>
    request(service, 'POST', '/api/v1/account/owner', {
      bearer: owner.bearer,
      json: { user_id: member.id, password: owner.password },
    }),
  'the end of the account': (service: TestService, owner: Member) =>
    request(service, 'DELETE', '/api/v1/account', {
      bearer: owner.bearer,
      json: { password: owner.password },
    }),
};

describeEachOnce("a user's sessions", (target) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ target, env: { MAX_SESSIONS: '3' } });
  });

  const me = (bearer: string) => request(service, 'GET', '/oauth/me', { bearer });

  it.each(Object.entries(TRIGGERS))(
    'end with %s: access and refresh tokens at once (S-55)',
    async (_, trigger) => {
      const owner = await newOwner(service);
      const member = await newMember(service, owner, 'admin');
      const second = await signIn(service, member);
      expect((await trigger(service, owner, member)).status).toBeLessThan(300);
      for (const tokens of [member.tokens, second]) {
        expectRefusal(await me(tokens.access_token), 401, 40103);
        expectRefusal(await refresh(service, tokens.refresh_token), 403, 40106);
      }
    },
  );

  it('are not ended for the owner (40303), or by a user who holds less (S-60, S-100)', async () => {
    const owner = await newOwner(service);
    const admin = await newMember(service, owner, 'admin');
    await newRole(service, owner, 'keeper', ['users:write']);
    const keeper = await newMember(service, owner, 'keeper');
    const end = (bearer: string, id: string) =>
      request(service, 'DELETE', `/api/v1/account/user/${id}/session`, { bearer });
    for (const { bearer } of [admin, owner]) expectRefusal(await end(bearer, owner.id), 403, 40303);
    expectRefusal(await end(keeper.bearer, admin.id), 403, 40302);
    expectRefusal(await end(admin.bearer, randomUUID()), 404, 40410);
    for (const { bearer } of [owner, admin, keeper]) expect((await me(bearer)).status).toBe(200);
    expect((await end(keeper.bearer, keeper.id)).status).toBe(204);
    expectRefusal(await me(keeper.bearer), 401, 40103);
  });

  it('end with a new password, all but the one that changed it (S-12, S-55)', async () => {
    const owner = await newOwner(service);
    const other = await signIn(service, owner);
    const json = { current_password: owner.password, new_password: NEW_PASSWORD };
    const path = '/api/v1/account/user/me/password';
    const changed = await request(service, 'PUT', path, { bearer: owner.bearer, json });
    expect(changed.status).toBe(204);
    expect((await me(owner.bearer)).status).toBe(200);
    expect((await refresh(service, owner.tokens.refresh_token)).status).toBe(200);
    expectRefusal(await me(other.access_token), 401, 40103);
    expectRefusal(await refresh(service, other.refresh_token), 403, 40106);
    await signIn(service, { email: owner.email, password: NEW_PASSWORD });
    const old = await request(service, 'POST', '/oauth/token?grant_type=password', {
      basic: [owner.email, owner.password],
    });
    expectRefusal(old, 403, 40102);
  });

  it('that begin in the second of the change stay live, but those before it end (S-56)', async () => {
    const owner = await newOwner(service);
    const member = await newMember(service, owner, 'admin');
    await TRIGGERS['a changed role'](service, owner, member);
    const after = await signIn(service, member);
    expectRefusal(await me(member.bearer), 401, 40103);
    const { status, body } = await me(after.access_token);
    expect([status, body.role]).toEqual([200, 'read_only']);
  });

  it('have the current role after a refresh, and are not refreshed for a deactivated user (S-53)', async () => {
    const owner = await newOwner(service);
    const member = await newMember(service, owner, 'standard');
    const set = (assignment: string) =>
      service.database.query(`UPDATE users SET ${assignment} WHERE id = ?`, [member.id]);
    await set("role = 'send_only'");
    const renewed = await refresh(service, member.tokens.refresh_token);
    expect(renewed.body.Scope).toEqual(['send_only']);
    await set('is_active = FALSE');
    expectRefusal(await refresh(service, renewed.body.refresh_token), 403, 40106);
  });

  // What neither engine nor adapter changes.
  if (target.database !== 'sqlite') return;

  it('stay ended after a crash and a restart (S-59)', async () => {
    const owner = await newOwner(service);
    const member = await newMember(service, owner, 'standard');
    const key = await newKey(service, owner);
    await TRIGGERS['a deactivation'](service, owner, member);
    const path = `/api/v1/account/api_key/${key.id}/revoke`;
    expect((await request(service, 'PUT', path, { bearer: owner.bearer })).status).toBe(200);
    await service.kill();
    await service.start();
    expectRefusal(await me(member.bearer), 401, 40103);
    expectRefusal(await me(key.apiKey), 401, 40105);
    expect((await me(owner.bearer)).status).toBe(200);
  });
});
