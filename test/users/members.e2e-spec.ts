import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { enter, newMember, newOwner, newRole, newUser, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const USERS = '/api/v1/account/user';

describeEachOnce('the users of an account', (target) => {
  let service: SharedService;
  let owner: Member;
  let admin: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
    admin = await newMember(service, owner, 'admin');
  });

  const ask = (method: string, path: string, bearer: string, json?: object) =>
    request(service, method, path, { bearer, ...(json && { json }) });
  const change = (bearer: string, id: string, json: object) =>
    ask('PATCH', `${USERS}/${id}`, bearer, json);
  const create = (bearer: string, members: object) =>
    ask('POST', USERS, bearer, {
      email_address: newSignUp().email_address,
      first_name: 'Grace',
      surname: 'Hopper',
      role: 'standard',
      ...members,
    });

  it('are shown by an allow-list of members, in every reply (S-15, S-99)', async () => {
    const made = await create(owner.bearer, { password: newSignUp().password });
    expect(made.status).toBe(201);
    const { id } = made.body;
    const replies = [
      made.body,
      (await ask('GET', `${USERS}/${id}`, owner.bearer)).body,
      (await ask('GET', USERS, owner.bearer)).body[0],
      (await change(owner.bearer, id, { surname: 'H.' })).body,
    ];
    for (const reply of replies) {
      expect(Object.keys(reply).toSorted()).toEqual(
        [
          'id',
          'account_id',
          'email_address',
          'first_name',
          'surname',
          'role',
          'is_owner',
          'is_active',
          'is_verified',
          'last_sign_in_at',
          'created_at_utc',
          'modified_at_utc',
        ].toSorted(),
      );
      expect([reply.account_id, reply.is_owner]).toEqual([owner.accountId, false]);
    }
    expect(replies.at(-1).surname).toBe('H.');
  });

  describe('in the assignment of a role', () => {
    it.each(['owner'])('never get the role %s (S-100)', async (role) => {
      expectRefusal(await create(owner.bearer, { role }), 403, 40303);
      const { id } = await newUser(service, owner, 'standard');
      expectRefusal(await change(owner.bearer, id, { role }), 403, 40303);
    });

    it.each(['', 'Admin', 'nobody', 'users:read', 'send', '😀', 'x'.repeat(101), '__proto__'])(
      'get no unknown role: %j',
      async (role) => {
        expectRefusal(await create(owner.bearer, { role }), 400, 40001);
        expectRefusal(await change(owner.bearer, admin.id, { role }), 400, 40001);
      },
    );

    it('get no role that the caller does not hold, also not by a narrowed token (S-100)', async () => {
      await newRole(service, owner, 'hr', ['users:read', 'users:write', 'send_only']);
      const hr = await newMember(service, owner, 'hr');
      // MariaDB ignores trailing spaces in a comparison, and cannot compare an ASCII column with other characters.
      for (const role of ['hr ', 'HR', 'h\u0155', 'hr\u200b']) {
        expectRefusal(await create(owner.bearer, { role }), 400, 40001);
      }
      expect((await create(hr.bearer, { role: 'send_only' })).status).toBe(201);
      expect((await create(hr.bearer, { role: 'hr' })).status).toBe(201);
      const { id } = await newUser(service, owner, 'send_only');
      for (const role of ['admin', 'standard', 'read_only', 'iac']) {
        expectRefusal(await create(hr.bearer, { role }), 403, 40302);
        expectRefusal(await change(hr.bearer, id, { role }), 403, 40302);
      }
      const narrowed = await request(service, 'POST', '/oauth/token', {
        form: {
          grant_type: 'password',
          username: hr.email,
          password: hr.password,
          scope: 'users:write',
        },
      });
      const { access_token: bearer } = narrowed.body;
      expectRefusal(await create(bearer, { role: 'send_only' }), 403, 40302);
    });
  });

  it('cannot be changed by a user who holds less (S-100)', async () => {
    const hr = await newMember(service, owner, 'hr');
    const other = await newMember(service, owner, 'admin');
    for (const json of [{ role: 'send_only' }, { is_active: false }]) {
      expectRefusal(await change(hr.bearer, other.id, json), 403, 40302);
    }
    expectRefusal(await ask('DELETE', `${USERS}/${other.id}`, hr.bearer), 403, 40302);
  });

  it('change neither their own role nor their own state (S-100)', async () => {
    for (const json of [{ role: 'standard' }, { is_active: false }]) {
      expectRefusal(await change(admin.bearer, admin.id, json), 403, 40302);
    }
    expectRefusal(await ask('DELETE', `${USERS}/${admin.id}`, admin.bearer), 403, 40302);
    const named = await change(admin.bearer, admin.id, { first_name: 'Ann', role: 'admin' });
    expect([named.status, named.body.first_name]).toEqual([200, 'Ann']);
  });

  it.each([
    ['as an admin', () => admin],
    ['as the owner', () => owner],
  ])('cannot change the owner, %s: 40303 (S-100)', async (_, actor) => {
    const { bearer } = actor();
    for (const json of [{ role: 'admin' }, { role: 'standard' }, { is_active: false }]) {
      expectRefusal(await change(bearer, owner.id, json), 403, 40303);
    }
    expectRefusal(await ask('DELETE', `${USERS}/${owner.id}`, bearer), 403, 40303);
    expect((await ask('GET', `${USERS}/${owner.id}`, bearer)).body).toMatchObject({
      role: 'owner',
      is_active: true,
    });
  });

  it.each(['password', 'email_address', 'is_owner', 'is_verified', 'account_id', 'id', 'scope'])(
    'cannot have their %s changed by another user (S-13, S-98)',
    async (member) => {
      const { id } = await newUser(service, owner, 'standard');
      const answer = await change(owner.bearer, id, { [member]: 'three grey geese in a row' });
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors).toEqual([
        { field: member, message: `property ${member} should not exist` },
      ]);
    },
  );

  it('cannot share an address with a user of any account: 40901 (S-20, S-113)', async () => {
    const elsewhere = await newOwner(service);
    for (const email_address of [elsewhere.email, elsewhere.email.toUpperCase(), admin.email]) {
      const answer = await create(owner.bearer, { email_address });
      expectRefusal(answer, 409, 40901);
      expect(Object.keys(answer.body)).toEqual(['code', 'message']);
    }
    expect(service.output()).toMatch(/user\.refused .*reason="address in use"/);
  });

  it('without a password get the answer to a wrong password, for every input (S-14)', async () => {
    const email = newSignUp().email_address;
    expect((await create(owner.bearer, { email_address: email })).status).toBe(201);
    for (const password of ['', ' ', 'null', 'undefined', newSignUp().password]) {
      for (const options of [
        { basic: [email, password] as const },
        { form: { grant_type: 'password', username: email, password } },
      ]) {
        const path = '/oauth/token?grant_type=password';
        expectRefusal(await request(service, 'POST', path, options), 403, 40102);
      }
    }
  });

  it.each([
    ['first_name', ''],
    ['first_name', ' '],
    ['first_name', 'x'.repeat(101)],
    ['surname', null],
    ['surname', 7],
    ['email_address', 'nobody'],
    ['email_address', 'grace\u200b@example.com'],
    ['email_address', 'grace@exam\u2060ple.com'],
    ['email_address', `${'x'.repeat(250)}@example.com`],
    ['password', 'short'],
    ['password', 'gatehousegatehouse'],
    ['password', null],
  ])('are not created with %s = %j', async (field, value) => {
    const answer = await create(owner.bearer, { [field]: value });
    expectRefusal(answer, 400, 40001);
    expect(answer.body.errors.map((fault: { field: string }) => fault.field)).toEqual([field]);
  });

  it('are gone once deleted, and the next user of the address inherits nothing (S-73, S-169)', async () => {
    const gone = await newMember(service, owner, 'admin');
    expect((await ask('DELETE', `${USERS}/${gone.id}`, owner.bearer)).status).toBe(204);
    expectRefusal(await ask('GET', `${USERS}/${gone.id}`, owner.bearer), 404, 40410);
    expectRefusal(await ask('DELETE', `${USERS}/${gone.id}`, owner.bearer), 404, 40410);
    const sessions = await countRows(service.database, 'refresh_tokens', 'user_id = ?', [gone.id]);
    expect(sessions).toBe(0);
    const { password } = newSignUp();
    const again = await create(owner.bearer, {
      email_address: gone.email,
      role: 'send_only',
      password,
    });
    const successor = await enter(service, {
      email: gone.email,
      password,
      accountId: owner.accountId,
    });
    expect([again.status, successor.id === gone.id]).toEqual([201, false]);
    expectRefusal(await ask('GET', '/oauth/me', gone.bearer), 401, 40103);
    expectRefusal(await ask('GET', USERS, successor.bearer), 403, 40302);
  });
});
