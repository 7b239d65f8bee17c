import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, newUser, type Member } from '../support/members.js';
import { startService } from '../support/service.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce, describeTargets } from '../support/targets.js';

const ROLES = '/api/v1/account/role';
const USERS = '/api/v1/account/user';

describeEachOnce('an own role of an account', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const ask = (method: string, path: string, bearer: string, json?: object) =>
    request(service, method, path, { bearer, ...(json && { json }) });
  const create = (name: unknown, scopes: unknown, bearer = owner.bearer) =>
    ask('POST', ROLES, bearer, { name, scopes });
  const put = (id: string, name: string, scopes: string[], bearer = owner.bearer) =>
    ask('PUT', `${ROLES}/${id}`, bearer, { name, scopes });

  it('can be created, listed, changed and deleted (S-99)', async () => {
    const made = await ask('POST', ROLES, owner.bearer, {
      name: 'clerk-1',
      description: 'Für Belege 🧾',
      scopes: ['users:read', 'users:read', 'send'],
    });
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(String),
        name: 'clerk-1',
        description: 'Für Belege 🧾',
        scopes: ['users:read', 'send'],
        is_system: false,
        created_at_utc: expect.any(Number),
        modified_at_utc: expect.any(Number),
      },
    ]);
    const changed = await put(made.body.id, 'clerk-2', []);
    expect(changed.body).toMatchObject({ name: 'clerk-2', scopes: [], description: null });
    const { body } = await ask('GET', ROLES, owner.bearer);
    expect(body[0]).toEqual(changed.body);
    expect((await ask('DELETE', `${ROLES}/${made.body.id}`, owner.bearer)).status).toBe(204);
    expectRefusal(await put(made.body.id, 'clerk-2', []), 404, 40410);
  });

  it.each([
    ['owner', 409, 40901],
    ['read_only', 409, 40901],
    ['send', 409, 40901],
    ['users:read', 400, 40001],
    ['Clerk', 400, 40001],
    ['1st', 400, 40001],
    ['a b', 400, 40001],
    ['', 400, 40001],
    ['x'.repeat(65), 400, 40001],
    ['😀', 400, 40001],
    [7, 400, 40001],
    ['__proto__', 400, 40001],
  ])('cannot have the name %j (S-196)', async (name, status, code) => {
    expectRefusal(await create(name, []), status, code);
  });

  it.each(['constructor', 'tostring', 'prototype'])(
    'can have the harmless name %s, and grants only its scopes',
    async (name) => {
      expect((await create(name, ['send'])).status).toBe(201);
      const member = await newMember(service, owner, name);
      expectRefusal(await ask('GET', USERS, member.bearer), 403, 40302);
    },
  );

  it.each([
    [['owner']],
    [['admin']],
    [['account:delete']],
    [['nobody']],
    [['send', 'users']],
    [['__proto__']],
    [['😀']],
    [[7]],
    ['send'],
    [null],
    [Array.from({ length: 51 }, () => 'send')],
  ])('cannot include %j (S-196)', async (scopes) => {
    const answer = await create('odd', scopes);
    expectRefusal(answer, 400, 40001);
    expect(answer.body.errors[0].field).toBe('scopes');
  });

  it('cannot include itself, directly or through others (S-196)', async () => {
    expectRefusal(await create('selfish', ['selfish']), 400, 40001);
    const first = await newRole(service, owner, 'first', ['send']);
    const second = await newRole(service, owner, 'second', ['first']);
    await newRole(service, owner, 'third', ['second']);
    for (const [id, name] of [
      [first, 'first'],
      [second, 'second'],
    ] as const) {
      for (const scopes of [['first'], ['second'], ['third']]) {
        if (name === 'second' && scopes[0] === 'first') continue;
        expectRefusal(await put(id, name, scopes), 400, 40001);
      }
    }
  });

  it('cannot grant more than its author holds (S-196)', async () => {
    await newRole(service, owner, 'boss', ['standard', 'users:write']);
    const mine = await newRole(service, owner, 'warden', [
      'roles:read',
      'roles:write',
      'users:write',
    ]);
    const warden = await newMember(service, owner, 'warden');
    for (const scopes of [
      ['standard'],
      ['users:read'],
      ['boss'],
      ['read_only'],
      ['roles:write', 'send'],
    ]) {
      expectRefusal(await create('up', scopes, warden.bearer), 403, 40302);
      expectRefusal(await put(mine, 'warden', scopes, warden.bearer), 403, 40302);
    }
    expect((await create('side', ['roles:read'], warden.bearer)).status).toBe(201);
    // The warden cannot change a role that is stronger than its own either.
    const { body } = await ask('GET', ROLES, owner.bearer);
    const boss = body.find((role: { name: string }) => role.name === 'boss');
    expectRefusal(await put(boss.id, 'boss', ['roles:read'], warden.bearer), 403, 40302);
    const helper = await newUser(service, owner, 'send_only');
    const path = `${USERS}/${helper.id}`;
    expectRefusal(await ask('PATCH', path, warden.bearer, { role: 'boss' }), 403, 40302);
    expectRefusal(await ask('PATCH', path, warden.bearer, { role: 'admin' }), 403, 40302);
  });

  it('cannot be deleted by a user or key that lacks a part of it, used or not: 40302 (S-196)', async () => {
    const keeping = ['roles:write', 'users:read'];
    await newRole(service, owner, 'keeper', keeping);
    const keeper = await newMember(service, owner, 'keeper');
    const key = await newKey(service, owner, 'keeper');
    const strong = await newRole(service, owner, 'strong', ['users:read', 'account:write']);
    const outer = await newRole(service, owner, 'around', ['strong']);
    const used = await newRole(service, owner, 'used', ['users:write']);
    await newUser(service, owner, 'used');
    for (const bearer of [keeper.bearer, key.apiKey]) {
      for (const id of [strong, outer, used]) {
        expectRefusal(await ask('DELETE', `${ROLES}/${id}`, bearer), 403, 40302);
      }
      const own = await newRole(service, owner, 'own', keeping);
      expect((await ask('DELETE', `${ROLES}/${own}`, bearer)).status).toBe(204);
    }
    expect((await ask('DELETE', `${ROLES}/${outer}`, owner.bearer)).status).toBe(204);
    expect((await ask('DELETE', `${ROLES}/${strong}`, owner.bearer)).status).toBe(204);
  });

  it('does not replace a system role, which cannot be changed or deleted', async () => {
    const { body } = await ask('GET', ROLES, owner.bearer);
    const system = body.filter((role: { is_system: boolean }) => role.is_system);
    expect(system).toHaveLength(6);
    for (const { id, name } of system) {
      expectRefusal(await put(id, name, []), 403, 40302);
      expectRefusal(await ask('DELETE', `${ROLES}/${id}`, owner.bearer), 403, 40302);
    }
  });

  it('has no meaning in another account, even under the same name (S-197)', async () => {
    const other = await newOwner(service);
    await newRole(service, owner, 'shared', ['users:read', 'account:write']);
    await newRole(service, other, 'shared', ['send']);
    const [here, there] = [
      await newMember(service, owner, 'shared'),
      await newMember(service, other, 'shared'),
    ];
    expect((await ask('GET', USERS, here.bearer)).status).toBe(200);
    expectRefusal(await ask('GET', USERS, there.bearer), 403, 40302);
    const third = await newOwner(service);
    expectRefusal(
      await ask('POST', '/api/v1/account/api_key', third.bearer, { name: 'k', role: 'shared' }),
      400,
      40001,
    );
    // A token that carries the name, in an account without such a role.
    const foreign = await newMember(service, third, 'send_only');
    const sql = 'UPDATE refresh_tokens SET scope = ? WHERE user_id = ?';
    await service.database.query(sql, ['shared', foreign.id]);
    expectRefusal(await ask('GET', USERS, foreign.bearer), 403, 40302);
  });

  it('applies in its present form to users, keys and tokens (S-198)', async () => {
    const id = await newRole(service, owner, 'moving', ['users:read']);
    const member = await newMember(service, owner, 'moving');
    const key = await newKey(service, owner, 'moving');
    const grant = await request(service, 'POST', '/oauth/token?grant_type=client_credentials', {
      basic: [key.key, key.secret],
    });
    const bearers = [member.bearer, key.apiKey, grant.body.access_token];
    const statuses = (path: string) =>
      Promise.all(bearers.map(async (bearer) => (await ask('GET', path, bearer)).status));
    expect(await statuses(USERS)).toEqual([200, 200, 200]);
    await put(id, 'moving', ['roles:read']);
    expect(await statuses(USERS)).toEqual([403, 403, 403]);
    expect(await statuses(ROLES)).toEqual([200, 200, 200]);
    expectRefusal(await put(id, 'renamed', ['roles:read']), 409, 40901);
  });

  it('cannot be deleted while a user, a live key or another role has it: 40901 (S-198)', async () => {
    const id = await newRole(service, owner, 'wanted', ['send']);
    const drop = () => ask('DELETE', `${ROLES}/${id}`, owner.bearer);
    const user = await newUser(service, owner, 'wanted');
    expectRefusal(await drop(), 409, 40901);
    await ask('DELETE', `${USERS}/${user.id}`, owner.bearer);
    const key = await newKey(service, owner, 'wanted');
    expectRefusal(await drop(), 409, 40901);
    await ask('PUT', `/api/v1/account/api_key/${key.id}/revoke`, owner.bearer);
    const outer = await newRole(service, owner, 'outer', ['wanted']);
    expectRefusal(await drop(), 409, 40901);
    await put(outer, 'outer', []);
    expect((await drop()).status).toBe(204);
    expectRefusal(await drop(), 404, 40410);
  });

  it('grants nothing for an included name that no longer exists', async () => {
    const id = await newRole(service, owner, 'stale', ['users:read']);
    const member = await newMember(service, owner, 'stale');
    const sql = 'UPDATE roles SET scopes = ? WHERE id = ?';
    await service.database.query(sql, ['orders:read gone users:read', id]);
    expect((await ask('GET', USERS, member.bearer)).status).toBe(200);
    expectRefusal(await ask('GET', ROLES, member.bearer), 403, 40302);
  });

  describe('beyond the hundredth', () => {
    it('is refused with 40902', async () => {
      const crowd = await newOwner(service);
      for (let count = 0; count < 100; count++) {
        await service.database.query(
          'INSERT INTO roles (id, account_id, name, scopes, created_at, modified_at) VALUES (?, ?, ?, ?, 1, 1)',
          [randomUUID(), crowd.accountId, `role${count}`, 'send'],
        );
      }
      expectRefusal(await create('one-more', [], crowd.bearer), 409, 40902);
    });
  });
});

describeTargets(
  'an own role whose name the application uses for a scope',
  (target) => {
    it('stops the start (S-196)', async () => {
      const service = await startService({ target });
      const { accountId } = await signUp(service);
      await service.stop();
      const sql =
        'INSERT INTO roles (id, account_id, name, scopes, created_at, modified_at) VALUES (?, ?, ?, ?, 1, 1)';
      await service.database.query(sql, [randomUUID(), accountId, 'send', '']);
      await service.start(true);
      const last = service.output().trimEnd().split('\n').at(-1);
      expect(last).toContain('scope send has the name of a role that an account made for itself');
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
