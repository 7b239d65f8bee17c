import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { newSignUp, signIn, type TestUser } from '../support/factories.js';
import { request, type RequestOptions } from '../support/http.js';
import {
  enter,
  newKey,
  newMember,
  newOwner,
  newRole,
  newUser,
  type Key,
  type Member,
} from '../support/members.js';
import { inTurn } from '../support/patience.js';
import type { Row } from '../support/database.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const ACCOUNT = '/api/v1/account';
const USERS = `${ACCOUNT}/user`;
const KEYS = `${ACCOUNT}/api_key`;
const ROLES = `${ACCOUNT}/role`;
const GRANT = '/oauth/token?grant_type=password';
const REFRESH = '/oauth/token?grant_type=refresh_token';
const DAY_MS = 86_400_000;

/** A request, and the row that it must leave. */
type Act = () => Promise<{
  readonly ask: readonly [method: string, path: string, options: RequestOptions];
  readonly row: Row;
}>;

describeTargets('the audit trail', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const rowsOf = (requestId: string) =>
    service.database.query('SELECT * FROM audit_records WHERE request_id = ?', [requestId]);

  /** Sends a request and returns its answer with the rows that it left. */
  async function audited(method: string, path: string, options: RequestOptions) {
    const requestId = randomUUID();
    const headers = { ...options.headers, 'X-Request-Id': requestId };
    const answer = await inTurn(() => request(service, method, path, { ...options, headers }));
    return { answer, requestId, rows: await rowsOf(requestId) };
  }

  const by = ({ id }: Pick<Member, 'id'>) => ({ actor_type: 'user', actor_id: id });
  const byKey = ({ id }: Key) => ({ actor_type: 'api_key', actor_id: id });
  const ANONYMOUS = { actor_type: 'anonymous', actor_id: 'anonymous' };
  const asOwner = (more: RequestOptions = {}) => ({ bearer: owner.bearer, ...more });
  const basicOf = ({ email, password }: Pick<TestUser, 'email' | 'password'>, suffix = '') => ({
    basic: [email, password + suffix] as const,
  });
  const failure = { outcome: 'failure' };

  it.each<[string, Act]>([
    [
      'sign_in.succeeded',
      async () => {
        const user = await newUser(service, owner, 'standard');
        const row = { ...by(user), user_id: user.id, session_id: expect.any(String) };
        return { ask: ['POST', GRANT, basicOf(user)], row };
      },
    ],
    [
      'sign_in.succeeded',
      async () => {
        const key = await newKey(service, owner);
        const ask = ['POST', GRANT, { basic: [key.key, key.secret] }] as const;
        return { ask, row: { ...byKey(key), api_key_id: key.id, session_id: expect.any(String) } };
      },
    ],
    [
      'sign_in.failed',
      async () => {
        const row = { ...ANONYMOUS, ...failure, target_id: owner.id, reason: 'wrong password' };
        return { ask: ['POST', GRANT, basicOf(owner, '!')], row };
      },
    ],
    [
      'sign_in.failed',
      async () => {
        const [key, other] = [await newKey(service, owner), await newKey(service, owner)];
        const ask = ['POST', GRANT, { basic: [key.key, other.secret] }] as const;
        return { ask, row: { ...ANONYMOUS, ...failure, target_id: key.id } };
      },
    ],
    [
      'api_key.refused',
      async () => {
        const key = await newKey(service, owner);
        await request(service, 'PUT', `${KEYS}/${key.id}/revoke`, asOwner());
        const row = { ...ANONYMOUS, ...failure, target_id: key.id, reason: 'API key revoked' };
        return { ask: ['GET', '/oauth/me', { bearer: key.apiKey }], row };
      },
    ],
    [
      'api_key.created',
      async () => {
        const json = { name: 'Nightly', role: 'read_only' };
        return { ask: ['POST', KEYS, asOwner({ json })], row: { ...by(owner) } };
      },
    ],
    [
      'api_key.rotated',
      async () => {
        const { id } = await newKey(service, owner);
        const json = { overlap_seconds: 60 };
        const row = { ...by(owner), target_id: id };
        return { ask: ['POST', `${KEYS}/${id}/rotate`, asOwner({ json })], row };
      },
    ],
    [
      'api_key.revoked',
      async () => {
        const { id } = await newKey(service, owner);
        const row = { ...by(owner), target_id: id, api_key_id: id };
        return { ask: ['PUT', `${KEYS}/${id}/revoke`, asOwner()], row };
      },
    ],
    [
      'user.created',
      async () => {
        const { email_address, password } = newSignUp();
        const names = { first_name: 'Grace', surname: 'Hopper', role: 'standard' };
        const json = { email_address, password, ...names };
        return { ask: ['POST', USERS, asOwner({ json })], row: by(owner) };
      },
    ],
    [
      'user.refused',
      async () => {
        const names = { first_name: 'Grace', surname: 'Hopper', role: 'standard' };
        const json = { email_address: owner.email, password: newSignUp().password, ...names };
        const row = { ...by(owner), ...failure, target_id: null, reason: 'address in use' };
        return { ask: ['POST', USERS, asOwner({ json })], row };
      },
    ],
    [
      'user.changed',
      async () => {
        const { id } = await newMember(service, owner, 'standard');
        const row = { ...by(owner), target_id: id, reason: 'role' };
        const json = { role: 'read_only' };
        return { ask: ['PATCH', `${USERS}/${id}`, asOwner({ json })], row };
      },
    ],
    [
      'user.deleted',
      async () => {
        const { id } = await newMember(service, owner, 'standard');
        return {
          ask: ['DELETE', `${USERS}/${id}`, asOwner()],
          row: { ...by(owner), target_id: id },
        };
      },
    ],
    [
      'password.changed',
      async () => {
        const user = await newMember(service, owner, 'standard');
        const json = { current_password: user.password, new_password: newSignUp().password };
        const ask = ['PUT', `${USERS}/me/password`, { bearer: user.bearer, json }] as const;
        return { ask, row: { ...by(user), target_id: user.id } };
      },
    ],
    [
      'password.refused',
      async () => {
        const user = await newMember(service, owner, 'standard');
        const json = { current_password: 'x'.repeat(20), new_password: newSignUp().password };
        const ask = ['PUT', `${USERS}/me/password`, { bearer: user.bearer, json }] as const;
        return { ask, row: { ...by(user), ...failure, target_id: user.id } };
      },
    ],
    [
      'session.revoked',
      async () => {
        const { id } = await newMember(service, owner, 'standard');
        const row = { ...by(owner), user_id: id, session_id: expect.any(String) };
        return { ask: ['DELETE', `${USERS}/${id}/session`, asOwner()], row };
      },
    ],
    [
      'session.revoked',
      async () => {
        const { id, bearer, tokens } = await newMember(service, owner, 'standard');
        const json = { refresh_token: tokens.refresh_token };
        return { ask: ['POST', '/oauth/revoke', { bearer, json }], row: by({ id }) };
      },
    ],
    [
      'session.refresh_replayed',
      async () => {
        const user = await newMember(service, owner, 'standard');
        const json = { refresh_token: user.tokens.refresh_token };
        await request(service, 'POST', REFRESH, { json });
        return { ask: ['POST', REFRESH, { json }], row: by(user) };
      },
    ],
    [
      'session.reuse_detected',
      async () => {
        const user = await newMember(service, owner, 'standard');
        const json = { refresh_token: user.tokens.refresh_token };
        await request(service, 'POST', REFRESH, { json });
        // The grace of the refresh is over.
        await service.database.query(
          'UPDATE refresh_tokens SET rotated_at = ?, stepped_at = ? WHERE user_id = ?',
          [Date.now() - 3_600_000, Date.now() - 3_600_000, user.id],
        );
        return { ask: ['POST', REFRESH, { json }], row: { ...by(user), ...failure } };
      },
    ],
    [
      'refresh_token.refused',
      async () => {
        const { tokens, bearer } = await newMember(service, owner, 'standard');
        const json = { refresh_token: tokens.refresh_token };
        await request(service, 'POST', '/oauth/revoke', { bearer, json });
        const row = { ...ANONYMOUS, ...failure, session_id: expect.any(String) };
        return { ask: ['POST', REFRESH, { json }], row };
      },
    ],
    [
      'role.created',
      async () => {
        const json = { name: `clerk-${randomUUID().slice(0, 8)}`, scopes: ['users:read'] };
        return { ask: ['POST', ROLES, asOwner({ json })], row: by(owner) };
      },
    ],
    [
      'role.changed',
      async () => {
        const name = `clerk-${randomUUID().slice(0, 8)}`;
        const id = await newRole(service, owner, name, ['users:read']);
        const json = { name, scopes: [] };
        const row = { ...by(owner), target_id: id };
        return { ask: ['PUT', `${ROLES}/${id}`, asOwner({ json })], row };
      },
    ],
    [
      'role.deleted',
      async () => {
        const name = `clerk-${randomUUID().slice(0, 8)}`;
        const id = await newRole(service, owner, name, ['users:read']);
        return {
          ask: ['DELETE', `${ROLES}/${id}`, asOwner()],
          row: { ...by(owner), target_id: id },
        };
      },
    ],
    [
      'account.changed',
      async () => {
        const row = { ...by(owner), target_id: owner.accountId };
        return { ask: ['PATCH', ACCOUNT, asOwner({ json: { country: 'GBR' } })], row };
      },
    ],
    [
      'access.denied',
      async () => {
        const { bearer, id } = await newMember(service, owner, 'read_only');
        const row = { ...by({ id }), ...failure, target_id: owner.id, reason: 'needs users:write' };
        return { ask: ['DELETE', `${USERS}/${owner.id}`, { bearer }], row };
      },
    ],
  ])('has exactly one row, with every fact, of %s (S-147, S-148)', async (event, prepare) => {
    const { ask, row } = await prepare();
    const before = Date.now();
    const { rows, requestId, answer } = await audited(...ask);
    expect(answer.status).not.toBe(503);
    expect(rows).toMatchObject([
      {
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        created_at: expect.anything(),
        account_id: owner.accountId,
        event,
        outcome: 'success',
        actor_id: expect.any(String),
        actor_type: expect.any(String),
        target_id: expect.stringMatching(/^[\da-f-]{36}$/),
        ip_address: '127.0.0.1',
        request_id: requestId,
        ...row,
      },
    ]);
    expect(Number(rows[0]?.created_at)).toBeGreaterThanOrEqual(before - 1000);
    expect(Number(rows[0]?.created_at)).toBeLessThanOrEqual(Date.now());
    const [pending] = await service.database.query(
      'SELECT (SELECT COUNT(*) FROM audit_pending WHERE audit_id = ?) + (SELECT COUNT(*) FROM audit_seals WHERE audit_id = ?) AS n',
      [rows[0]?.id, rows[0]?.id],
    );
    expect(Number(pending?.n)).toBe(1);
  });

  it('has exactly one row of an opened account, of its new owner and of its end, which outlive it (S-147, S-153)', async () => {
    const json = newSignUp();
    const opened = await audited('POST', ACCOUNT, { json });
    const accountId = opened.answer.body.account_id as string;
    const byAnybody = { account_id: accountId, ...ANONYMOUS };
    // Both are of the same millisecond.
    const rows = opened.rows.toSorted((a, b) => String(a.event).localeCompare(String(b.event)));
    expect(rows).toMatchObject([
      { event: 'account.created', ...byAnybody, target_id: accountId },
      { event: 'email.verification_requested', ...byAnybody, target_id: rows[0]?.user_id },
    ]);
    const credentials = { email: json.email_address, password: json.password, accountId };
    const founder = await enter(service, credentials);
    const heir = await newMember(service, founder, 'admin');
    const transfer = { user_id: heir.id, password: founder.password };
    const changed = await audited('POST', `${ACCOUNT}/owner`, {
      bearer: founder.bearer,
      json: transfer,
    });
    expect(changed.rows).toMatchObject([
      { event: 'owner.changed', account_id: accountId, ...by(founder), target_id: heir.id },
    ]);
    const { access_token: bearer } = await signIn(service, heir);
    const deleted = await audited('DELETE', ACCOUNT, { bearer, json: { password: heir.password } });
    expect(deleted.rows).toMatchObject([
      { event: 'account.deleted', account_id: accountId, ...by(heir), target_id: accountId },
    ]);
    const left = 'SELECT event FROM audit_records WHERE account_id = ?';
    expect((await service.database.query(left, [accountId])).length).toBeGreaterThanOrEqual(6);
  });

  it('has exactly one row of a key that lapsed unused, beside the one of its refusal (S-87, S-147)', async () => {
    const key = await newKey(service, owner);
    const long = Date.now() - 91 * DAY_MS;
    await service.database.query(
      'UPDATE api_keys SET created_at = ?, last_accessed_at = ? WHERE id = ?',
      [long, long, key.id],
    );
    const { rows } = await audited('GET', '/oauth/me', { bearer: key.apiKey });
    expect(rows).toMatchObject([{ event: 'api_key.refused', target_id: key.id }]);
    const lapsed = 'SELECT * FROM audit_records WHERE event = ? AND target_id = ?';
    expect(await service.database.query(lapsed, ['api_key.lapsed', key.id])).toMatchObject([
      { actor_type: 'system', account_id: owner.accountId, request_id: null, ip_address: null },
    ]);
  });

  it('has a row for each key that stays when its creator goes (S-86)', async () => {
    const admin = await newMember(service, owner, 'admin');
    const keys = [await newKey(service, admin), await newKey(service, admin)];
    const { rows } = await audited('DELETE', `${USERS}/${admin.id}`, asOwner());
    const told = rows.map(({ event, target_id }) => `${event} ${target_id}`);
    const kept = keys.map(({ id }) => `api_key.kept ${id}`);
    expect(told.toSorted()).toEqual([`user.deleted ${admin.id}`, ...kept].toSorted());
  });

  it('has no row of a refresh and of the use of a key (S-147)', async () => {
    const user = await newMember(service, owner, 'standard');
    const json = { refresh_token: user.tokens.refresh_token };
    const refreshed = await audited('POST', REFRESH, { bearer: user.bearer, json });
    expect([refreshed.answer.status, refreshed.rows]).toEqual([200, []]);
    const { apiKey } = await newKey(service, owner);
    const used = await audited('GET', USERS, { bearer: apiKey });
    expect([used.answer.status, used.rows]).toEqual([200, []]);
  });

  it('stores nothing of wrong access and refresh tokens, which cost no statement (S-147)', async () => {
    const written = async () =>
      (await service.database.query('SELECT SUM(occurrences) AS n FROM audit_counts'))[0];
    const before = await written();
    const token = await audited('GET', '/oauth/me', { bearer: 'a.b.c' });
    const refresh = await audited('POST', REFRESH, { json: { refresh_token: 'x' } });
    expect([token.answer.status, token.rows]).toEqual([401, []]);
    expect([refresh.answer.status, refresh.rows]).toEqual([403, []]);
    expect(await written()).toEqual(before);
  });

  it('counts unknown addresses and unknown keys in place of rows (S-147)', async () => {
    const sum = async (event: string) => {
      const sql = 'SELECT SUM(occurrences) AS n FROM audit_counts WHERE event = ?';
      return Number((await service.database.query(sql, [event]))[0]?.n ?? 0);
    };
    const unknown = { email: `${randomUUID()}@example.com`, password: 'x'.repeat(20) };
    const asks = [
      ['sign_in.failed', 'POST', GRANT, basicOf(unknown)],
      ['api_key.refused', 'GET', '/oauth/me', { bearer: 'x.y' }],
    ] as const;
    for (const [event, method, path, options] of asks) {
      const before = await sum(event);
      expect((await audited(method, path, options)).rows).toEqual([]);
      expect((await audited(method, path, options)).rows).toEqual([]);
      expect(await sum(event)).toBe(before + 2);
    }
  });

  it('counts the same refusal of one caller after its first row (S-147)', async () => {
    const { bearer, id } = await newMember(service, owner, 'read_only');
    const ask = () => request(service, 'DELETE', `${USERS}/${owner.id}`, { bearer });
    const total = 20;
    await Promise.all(Array.from({ length: total }, ask));
    const sql = 'SELECT id FROM audit_records WHERE event = ? AND actor_id = ?';
    const rows = await service.database.query(sql, ['access.denied', id]);
    // The minute may turn meanwhile.
    expect([1, 2]).toContain(rows.length);
    let counted = 0;
    for (const row of rows) {
      const [count] = await service.database.query(
        'SELECT SUM(occurrences) AS n FROM audit_counts WHERE counter_key = ?',
        [row.id],
      );
      counted += Number(count?.n ?? 0);
    }
    expect(rows.length + counted).toBe(total);
  });

  it('has the start of the service with the names of the settings that are set, and no value (S-147)', async () => {
    const rows = await service.database.query(
      'SELECT * FROM audit_records WHERE event = ? ORDER BY created_at',
      ['service.started'],
    );
    expect(rows[0]).toMatchObject({ account_id: null, actor_type: 'system', target_id: null });
    expect(rows[0]?.reason).toMatch(/^set: .*password\.bcryptCost/);
    expect(rows[0]?.reason).not.toContain('10');
  });
});
