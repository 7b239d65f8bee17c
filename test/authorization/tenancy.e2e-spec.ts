import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';
import { newWebhook } from '../webhooks/webhooks.js';
import { guardedRoutes } from './manifest.js';

/** Bodies that the routes accept for a row of the caller's account. */
const BODIES: Readonly<Record<string, object>> = {
  'PATCH /api/v1/account/user/:id': { first_name: 'Eve' },
  'PUT /api/v1/account/role/:id': { name: 'stolen', scopes: [] },
  'POST /api/v1/account/api_key/:id/rotate': { overlap_seconds: 0 },
  'PATCH /api/v1/account/webhook/:id': { is_active: false },
};

const routesWithId = guardedRoutes().filter(({ path }) => path.includes(':id'));

describeEachOnce('a row of another account', (target) => {
  let service: SharedService;
  let owner: Member;
  let theirs: { member: Member; ids: Record<string, string> };

  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
    const other = await newOwner(service);
    const member = await newMember(service, other, 'standard');
    const key = await newKey(service, other);
    const role = await newRole(service, other, 'clerk', ['users:read']);
    const sessions = await request(service, 'GET', '/api/v1/account/session', {
      bearer: member.bearer,
    });
    const { id: webhook } = await newWebhook(service, other, 'https://gatehouse.invalid/', [
      'webhook.deleted',
    ]);
    const ids = { user: member.id, api_key: key.id, role, session: sessions.body[0].id, webhook };
    theirs = { member, ids };
  });

  const ask = ({ method, path }: { method: string; path: string }, id: string) => {
    const json = BODIES[`${method} ${path}`];
    const address = path.replace(':id', id).replace(':delivery_id', randomUUID());
    return request(service, method, address, {
      bearer: owner.bearer,
      ...(json && { json }),
    });
  };

  it.each(routesWithId.map((route) => [route.method, route.path] as const))(
    'gets the same answer as an unknown id: %s %s (S-22, S-95)',
    async (method, path) => {
      const kind = path.split('/')[4] ?? '';
      const foreign = await ask({ method, path }, theirs.ids[kind] ?? '');
      const unknown = await ask({ method, path }, randomUUID());
      expectRefusal(foreign, 404, 40410);
      expect(foreign.text).toBe(unknown.text);
      const headers = [foreign, unknown].map((answer) =>
        [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
      );
      expect(headers[0]).toEqual(headers[1]);
    },
  );

  it.each([
    '1',
    '1e3',
    '-1',
    'null',
    '..%2f..%2fhealth',
    '%F0%9F%98%80',
    'x'.repeat(300),
    randomUUID().toUpperCase(),
    `${randomUUID()}%20`,
    `{${randomUUID()}}`,
    "'%20OR%201=1--",
  ])('cannot be reached with the malformed id %s (S-137)', async (id) => {
    for (const route of routesWithId) {
      const { status, body } = await ask(route, id);
      expect([400, 404]).toContain(status);
      expect([40001, 40400, 40410]).toContain(body.code);
    }
  });

  it('does not appear in any list (S-95)', async () => {
    // Another owner: the audit trail of the first has the ids that were asked for above.
    const { bearer } = await newOwner(service);
    for (const { method, path } of guardedRoutes()) {
      if (method !== 'GET' || path.includes(':id')) continue;
      const { text } = await request(service, method, path, { bearer });
      for (const id of [...Object.values(theirs.ids), theirs.member.accountId]) {
        expect(text).not.toContain(id);
      }
    }
  });

  it('cannot become the owner of the account (S-97)', async () => {
    const answer = await request(service, 'POST', '/api/v1/account/owner', {
      bearer: owner.bearer,
      json: { user_id: theirs.member.id, password: owner.password },
    });
    expectRefusal(answer, 404, 40410);
  });

  it('cannot be selected by headers (S-96)', async () => {
    const headers = {
      'X-Account-Id': theirs.member.accountId,
      'X-User-Id': theirs.member.id,
      'X-Tenant-Id': theirs.member.accountId,
      'X-Original-User': theirs.member.email,
    };
    const options = { bearer: owner.bearer, headers };
    const account = await request(service, 'GET', '/api/v1/account', options);
    const me = await request(service, 'GET', '/oauth/me', options);
    expect([account.body.id, me.body.id]).toEqual([owner.accountId, owner.id]);
  });

  describe.each([
    [
      'POST',
      '/api/v1/account/user',
      { email_address: 'a@example.com', first_name: 'A', surname: '', role: 'standard' },
    ],
    ['PATCH', '/api/v1/account', { account_name: 'A' }],
    ['PATCH', '/api/v1/account/user/me', { first_name: 'A' }],
    ['POST', '/api/v1/account/api_key', { name: 'A', role: 'read_only' }],
    ['POST', '/api/v1/account/role', { name: 'a', scopes: [] }],
    ['POST', '/api/v1/account/webhook', { url: 'https://gatehouse.invalid/', events: ['*'] }],
  ] as const)('%s %s', (method, path, good) => {
    it.each([
      'id',
      'account_id',
      'user_id',
      'created_by',
      'is_owner',
      'is_verified',
      'password_hash',
      'secret',
      'key',
      'created_at_utc',
      'modified_at_utc',
      'scope',
    ])('refuses the member %s, which clients cannot set (S-84, S-96, S-98)', async (member) => {
      const json = { ...good, [member]: theirs.member.accountId };
      const answer = await request(service, method, path, { bearer: owner.bearer, json });
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors).toEqual([
        { field: member, message: `property ${member} should not exist` },
      ]);
    });
  });
});
