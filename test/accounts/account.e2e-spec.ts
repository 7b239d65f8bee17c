import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { enter, newMember, newOwner, newUser, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const ACCOUNT = '/api/v1/account';

describeEachOnce('an account', (target) => {
  let service: SharedService;
  beforeAll(async () => {
    service = await sharedService(target);
  });

  const get = (bearer: string) => request(service, 'GET', ACCOUNT, { bearer });
  const patch = (bearer: string, json: object) =>
    request(service, 'PATCH', ACCOUNT, { bearer, json });
  const handOver = (owner: Member, user_id: unknown) =>
    request(service, 'POST', `${ACCOUNT}/owner`, {
      bearer: owner.bearer,
      json: { user_id, password: owner.password },
    });
  const rolesOf = async ({ accountId }: Member) => {
    const sql = 'SELECT role FROM users WHERE account_id = ? ORDER BY role';
    return (await service.database.query(sql, [accountId])).map(({ role }) => role as string);
  };

  it('can be read and changed by an allow-list of members (S-99)', async () => {
    const { bearer, accountId } = await newOwner(service);
    const changed = await patch(bearer, { account_name: 'Lovelace & Babbage', country: 'FRA' });
    const { body } = await get(bearer);
    expect(changed.body).toEqual(body);
    expect(body).toEqual({
      id: accountId,
      account_name: 'Lovelace & Babbage',
      country: 'FRA',
      plan_id: null,
      is_active: true,
      is_verified: false,
      created_at_utc: expect.any(Number),
      modified_at_utc: expect.any(Number),
    });
  });

  it.each([
    ['account_name', ''],
    ['account_name', '  '],
    ['account_name', null],
    ['account_name', 'x'.repeat(101)],
    ['country', 'gbr'],
    ['country', 'GB'],
    ['country', 'XXX'],
    ['plan_id', '7b1c4b9e-0f61-4a5e-9a53-0a8b5f6d2c11'],
    ['is_active', false],
  ])('refuses the value of %s: %j', async (field, value) => {
    const { bearer } = await newOwner(service);
    const answer = await patch(bearer, { [field]: value });
    expectRefusal(answer, 400, 40001);
    expect(answer.body.errors[0].field).toBe(field);
  });

  describe('transfer of ownership', () => {
    it('makes the user the owner and the former owner an admin, in one step (S-101)', async () => {
      const owner = await newOwner(service);
      const user = await newMember(service, owner, 'standard');
      expect((await handOver(owner, user.id)).status).toBe(204);
      expect(await rolesOf(owner)).toEqual(['admin', 'owner']);
      const [former, current] = [await enter(service, owner), await enter(service, user)];
      const roles = await Promise.all(
        [former, current].map(async ({ bearer }) => {
          const { body } = await request(service, 'GET', '/oauth/me', { bearer });
          return [body.role, body.is_owner];
        }),
      );
      expect(roles).toEqual([
        ['admin', false],
        ['owner', true],
      ]);
      expectRefusal(await handOver(former, former.id), 403, 40302);
    });

    it.each([
      ['inactive', 'is_active = FALSE'],
      ['without a password', 'password_hash = NULL'],
    ])('refuses a user who is %s (S-101)', async (_, assignment) => {
      const owner = await newOwner(service);
      const user = await newUser(service, owner, 'admin');
      await service.database.query(`UPDATE users SET ${assignment} WHERE id = ?`, [user.id]);
      const answer = await handOver(owner, user.id);
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors[0].field).toBe('user_id');
      expect(await rolesOf(owner)).toEqual(['admin', 'owner']);
    });

    it('refuses the owner itself and malformed ids', async () => {
      const owner = await newOwner(service);
      for (const id of [owner.id, 'me', '', 7, null, { $ne: '' }]) {
        expectRefusal(await handOver(owner, id), 400, 40001);
      }
      expect(await rolesOf(owner)).toEqual(['owner']);
    });
  });
});
