import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { withinBound } from '../support/bound.js';
import { signIn } from '../support/factories.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const USERS = '/api/v1/account/user';

describeEachOnce('a cached verification', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const me = (bearer: string) => request(service, 'GET', '/oauth/me', { bearer });
  const change = (id: string, json: object) =>
    request(service, 'PATCH', `${USERS}/${id}`, { bearer: owner.bearer, json });

  /** A user whose token was verified a moment ago. */
  async function cachedMember(role = 'standard'): Promise<Member> {
    const member = await newMember(service, owner, role);
    expect((await me(member.bearer)).status).toBe(200);
    return member;
  }

  it.each([
    ['a deactivation', (id: string) => change(id, { is_active: false })],
    ['another role', (id: string) => change(id, { role: 'read_only' })],
    [
      'a deletion',
      (id: string) => request(service, 'DELETE', `${USERS}/${id}`, { bearer: owner.bearer }),
    ],
  ])('does not outlive %s in the same process (S-55)', async (_, act) => {
    const member = await cachedMember();
    expect((await act(member.id)).status).toBeLessThan(300);
    expectRefusal(await me(member.bearer), 401, 40103);
  });

  it('does not outlive a new sign-in in the same process (S-48)', async () => {
    const member = await cachedMember();
    await signIn(service, member);
    expectRefusal(await me(member.bearer), 401, 40103);
  });

  it('does not outlive the revocation of an API key in the same process (S-90)', async () => {
    const { id, apiKey } = await newKey(service, owner);
    expect((await me(apiKey)).status).toBe(200);
    const path = `/api/v1/account/api_key/${id}/revoke`;
    await request(service, 'PUT', path, { bearer: owner.bearer });
    expectRefusal(await me(apiKey), 401, 40105);
  });

  it('shows new names at once in the same process', async () => {
    const member = await cachedMember();
    await change(member.id, { first_name: 'Augusta' });
    expect((await me(member.bearer)).body.first_name).toBe('Augusta');
  });

  it('loses a scope of an own role at once in the same process (S-197)', async () => {
    const role = await newRole(service, owner, 'lister', ['read_only', 'users:read']);
    const member = await cachedMember('lister');
    const list = () => request(service, 'GET', USERS, { bearer: member.bearer });
    expect((await list()).status).toBe(200);
    const path = `/api/v1/account/role/${role}`;
    const json = { name: 'lister', description: '', scopes: ['send_only'] };
    expect((await request(service, 'PUT', path, { bearer: owner.bearer, json })).status).toBe(200);
    expectRefusal(await list(), 403, 40302);
  });

  it('follows a change by another process within 5 s (S-59)', async () => {
    const member = await cachedMember();
    await service.database.query('UPDATE users SET is_active = FALSE WHERE id = ?', [member.id]);
    await withinBound(async () => expectRefusal(await me(member.bearer), 401, 40103));
  });

  it('follows such changes within 5 s for clients that send requests all the time (S-59)', async () => {
    const sql = (text: string, id: string) => service.database.query(text, [id]);
    const role = await newRole(service, owner, 'caller', ['read_only', 'users:read']);
    const [unchanged, inactive, ended, caller] = [
      await cachedMember(),
      await cachedMember(),
      await cachedMember(),
      await cachedMember('caller'),
    ];
    const other = await newOwner(service);
    const [key, lostKey] = [await newKey(service, owner), await newKey(service, owner)];
    const list = () => request(service, 'GET', USERS, { bearer: caller.bearer });
    const everybody = () =>
      Promise.all([
        ...[unchanged, inactive, ended, other].map(({ bearer }) => me(bearer)),
        ...[key, lostKey].map(({ apiKey }) => me(apiKey)),
        list(),
      ]);
    for (const end = Date.now() + 6_000; Date.now() < end; await sleep(100)) {
      expect((await everybody()).map(({ status }) => status)).toEqual(Array(7).fill(200));
    }

    await sql('UPDATE users SET is_active = FALSE WHERE id = ?', inactive.id);
    await sql('UPDATE refresh_tokens SET revoked_at = 1 WHERE user_id = ?', ended.id);
    await sql(
      'UPDATE accounts SET is_active = FALSE WHERE id = (SELECT account_id FROM users WHERE id = ?)',
      other.id,
    );
    await sql('UPDATE api_keys SET revoked_at = 1 WHERE id = ?', lostKey.id);
    await sql("UPDATE roles SET scopes = 'send_only' WHERE id = ?", role);
    await withinBound(async () => {
      for (const { bearer } of [inactive, ended, other]) {
        expectRefusal(await me(bearer), 401, 40103);
      }
      expectRefusal(await me(lostKey.apiKey), 401, 40105);
      expectRefusal(await list(), 403, 40302);
    });
    expect((await me(unchanged.bearer)).status).toBe(200);
    expect((await me(key.apiKey)).status).toBe(200);
  });
});
