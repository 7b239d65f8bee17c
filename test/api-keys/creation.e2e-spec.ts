import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, type Member } from '../support/members.js';
import { beforeTheEnd } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const KEYS = '/api/v1/account/api_key';
const LISTED = [
  'id',
  'account_id',
  'name',
  'key',
  'role',
  'is_active',
  'allowed_ips',
  'created_by',
  'last_accessed_at_utc',
  'created_at_utc',
  'modified_at_utc',
  'expires_at',
];

describeEachOnce('an API key', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const ask = (method: string, path: string, bearer: string, json?: object) =>
    request(service, method, path, { bearer, ...(json && { json }) });
  const create = (members: object, bearer = owner.bearer) =>
    ask('POST', KEYS, bearer, { name: 'Nightly export', role: 'read_only', ...members });

  it('shows its secret once, in the answer to its creation (S-82, S-99)', async () => {
    const made = await create({});
    expect(made.status).toBe(201);
    const { secret, api_key: apiKey, ...rest } = made.body;
    expect(apiKey).toBe(`${rest.key}.${secret}`);
    expect(Object.keys(rest).toSorted()).toEqual(LISTED.toSorted());
    expect([rest.account_id, rest.created_by]).toEqual([owner.accountId, owner.id]);
    const later = [
      await ask('GET', KEYS, owner.bearer),
      await ask('GET', `${KEYS}/${rest.id}`, owner.bearer),
      await ask('PUT', `${KEYS}/${rest.id}/revoke`, owner.bearer),
    ];
    for (const { text } of later) expect(text).not.toContain(secret.slice(5, 40));
    for (const { body } of later) {
      const row = Array.isArray(body) ? body[0] : body;
      expect(Object.keys(row).toSorted()).toEqual(LISTED.toSorted());
    }
    expect(service.output()).not.toContain(secret.slice(5, 40));
  });

  it('is stored as a digest: no value in the database authenticates (S-81, S-170)', async () => {
    const { id, secret } = await newKey(service, owner);
    const rows = await service.database.query('SELECT * FROM api_keys WHERE id = ?', [id]);
    const values = Object.values(rows[0] ?? {}).map(String);
    expect(values.join()).not.toContain(secret.slice(5, 69));
    const key = String(rows[0]?.['key']);
    for (const value of values) {
      for (const options of [
        { basic: [key, value] as const },
        { basic: [`${key}.${value}`, ''] as const },
        { bearer: `${key}.${value}` },
      ]) {
        const { status } = await request(service, 'GET', '/oauth/me', options);
        expect([value, status]).toEqual([value, 401]);
      }
    }
  });

  it('is not authenticated by any value that a GET returns (S-83)', async () => {
    await newKey(service, owner);
    const { body: keys } = await ask('GET', KEYS, owner.bearer);
    const paths = [
      KEYS,
      `${KEYS}/${keys[0].id}`,
      `${KEYS}/${keys[0].id}/sessions`,
      '/api/v1/account',
      '/api/v1/account/user',
      '/api/v1/account/role',
      '/api/v1/account/session',
      '/oauth/me',
    ];
    const replies = await Promise.all(paths.map((path) => ask('GET', path, owner.bearer)));
    const strings = new Set(replies.flatMap(({ body }) => stringsIn(body)));
    expect(strings.size).toBeGreaterThan(20);
    for (const text of strings) {
      for (const options of [
        { basic: [text, ''] as const },
        { basic: [text, text] as const },
        { basic: [`${text}.`, ''] as const },
        { headers: { Authorization: `Bearer ${text}` } },
      ]) {
        const answer = await request(service, 'GET', '/oauth/me', options);
        expect([text, answer.status]).toEqual([text, 401]);
      }
    }
  });

  it.each([
    ['owner', 400, 40001],
    ['admin', 400, 40001],
    ['nobody', 400, 40001],
    ['users:read', 400, 40001],
    ['', 400, 40001],
  ])('cannot be created with the role %j (S-85)', async (role, status, code) => {
    expectRefusal(await create({ role }), status, code);
  });

  it('cannot be created with a role that its creator does not hold (S-85)', async () => {
    await newRole(service, owner, 'keeper', ['api_keys:write', 'api_keys:read']);
    const keeper = await newMember(service, owner, 'keeper');
    expectRefusal(await create({ role: 'read_only' }, keeper.bearer), 403, 40302);
    expect((await create({ role: 'keeper' }, keeper.bearer)).status).toBe(201);
  });

  it('manages keys with api_keys:write, but none with more rights than itself (S-89)', async () => {
    const keeper = await newKey(service, owner, 'keeper');
    const strong = await newKey(service, owner, 'standard');
    expectRefusal(await create({ role: 'send_only' }, keeper.apiKey), 403, 40302);
    const made = await create({ role: 'keeper' }, keeper.apiKey);
    expect([made.status, made.body.created_by]).toEqual([201, keeper.id]);
    const rotate = (id: string) =>
      ask('POST', `${KEYS}/${id}/rotate`, keeper.apiKey, { overlap_seconds: 0 });
    expectRefusal(await rotate(strong.id), 403, 40302);
    expect((await rotate(made.body.id)).status).toBe(200);
    const reader = await newKey(service, owner, 'read_only');
    expectRefusal(await create({}, reader.apiKey), 403, 40302);
  });

  it('has the rights of its current role: a narrower role applies at the next request (S-85, S-198)', async () => {
    const role = await newRole(service, owner, 'shrinking', ['users:read', 'roles:read']);
    const { apiKey } = await newKey(service, owner, 'shrinking');
    const users = () => ask('GET', '/api/v1/account/user', apiKey);
    expect((await users()).status).toBe(200);
    const json = { name: 'shrinking', scopes: ['roles:read'] };
    await ask('PUT', `/api/v1/account/role/${role}`, owner.bearer, json);
    expectRefusal(await users(), 403, 40302);
  });

  describe('in its creation', () => {
    it.each([
      ['expires_at', 1],
      ['expires_at', -1],
      ['expires_at', 1.5],
      ['expires_at', '1893456000000'],
      ['expires_at', null],
      ['expires_at', 2 ** 60],
      ['allowed_ips', []],
      ['allowed_ips', '192.0.2.1'],
      ['allowed_ips', ['loopback']],
      ['allowed_ips', ['192.0.2.0/33']],
      ['allowed_ips', ['0.0.0.0/0']],
      ['allowed_ips', ['::ffff:0:0/96']],
      ['allowed_ips', ['192.0.2.1', '::FFFF:1.2.3.4/97']],
      ['allowed_ips', ['0.0.0.0/1', '128.0.0.0/1']],
      ['allowed_ips', ['64:ff9b::/96']],
      ['allowed_ips', ['2000::/3']],
      ['allowed_ips', [['192.0.2.1']]],
      ['allowed_ips', [null]],
      ['allowed_ips', Array.from({ length: 21 }, () => '192.0.2.1')],
      ['name', ''],
      ['name', ' '],
      ['name', 'x'.repeat(101)],
      ['name', 7],
      ['secret', 'chosen'],
      ['is_active', true],
      ['created_by', 'x'],
    ])('cannot have the member %s = %j (S-84, S-98, S-195)', async (field, value) => {
      const answer = await create({ [field]: value });
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors[0].field).toBe(field);
    });
  });

  it('ends at expires_at, even if it was used a moment before (S-77)', async () => {
    await beforeTheEnd(async (spanMs) => {
      const { id, apiKey } = await newKey(service, owner, 'read_only', {
        expires_at: Date.now() + 300_000,
      });
      const end = Date.now() + spanMs;
      const sql = 'UPDATE api_keys SET expires_at = ? WHERE id = ?';
      await service.database.query(sql, [end, id]);
      const { status } = await ask('GET', '/oauth/me', apiKey);
      if (Date.now() >= end) return false;
      expect(status).toBe(200);
      await sleep(end - Date.now());
      expectRefusal(await ask('GET', '/oauth/me', apiKey), 401, 40105);
      const { body } = await ask('GET', `${KEYS}/${id}`, owner.bearer);
      expect(body.is_active).toBe(false);
      return true;
    });
  });
});

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
