import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, type Key, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const AUDIT = '/api/v1/account/audit';

describeTargets('the list of the audit trail', (target) => {
  let service: SharedService;
  let owner: Member;
  let admin: Member;
  let key: Key;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
    admin = await newMember(service, owner, 'admin');
    key = await newKey(service, owner);
    await request(service, 'PUT', `/api/v1/account/api_key/${key.id}/revoke`, {
      bearer: admin.bearer,
    });
  });

  const get = (query = '', { bearer } = owner) =>
    request(service, 'GET', `${AUDIT}${query}`, { bearer });
  const nextOf = (headers: Headers) =>
    /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];

  it('has each act of the account with its facts, newest first (contract §7)', async () => {
    const { status, body } = await get('', admin);
    expect(status).toBe(200);
    const [newest] = body;
    expect(newest).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      at: expect.any(Number),
      event: 'api_key.revoked',
      outcome: 'success',
      actor_id: admin.id,
      actor_type: 'user',
      target_id: key.id,
      ip_address: '127.0.0.1',
      request_id: expect.any(String),
      reason: null,
    });
    const times = body.map(({ at }: { at: number }) => at);
    expect(times).toEqual(times.toSorted((a: number, b: number) => b - a));
  });

  it('is filtered by event, actor, target and time (contract §7)', async () => {
    const events = async (query: string) =>
      (await get(query)).body.map(({ event }: { event: string }) => event);
    expect(await events('?event=api_key.revoked')).toEqual(['api_key.revoked']);
    expect(await events(`?target_id=${key.id}`)).toEqual(['api_key.revoked', 'api_key.created']);
    expect(await events(`?target_id=${key.id}&actor_id=${owner.id}`)).toEqual(['api_key.created']);
    expect(await events(`?actor_id=${randomUUID()}`)).toEqual([]);
    expect((await events('?actor_id=anonymous')).toSorted()).toEqual([
      'account.created',
      'email.verification_requested',
    ]);
    const [{ at }] = (await get('?event=api_key.created')).body;
    expect(await events(`?event=api_key.created&from=${at}&to=${at}`)).toEqual(['api_key.created']);
    expect(await events(`?event=api_key.created&from=${at + 1}`)).toEqual([]);
    expect(await events(`?event=api_key.created&to=${at - 1}`)).toEqual([]);
  });

  it('goes on with its filter through Link, and its cursor is valid with no other (S-199)', async () => {
    const all = (await get(`?actor_id=${owner.id}`)).body;
    expect(all.length).toBeGreaterThan(2);
    const seen: unknown[] = [];
    let cursor = '';
    for (let query: string | undefined = `?limit=1&actor_id=${owner.id}`; query !== undefined;) {
      const { body, headers } = await get(query);
      seen.push(...body);
      const next = nextOf(headers);
      query = next?.slice(AUDIT.length);
      cursor ||= new URL(next ?? '', 'http://x').searchParams.get('cursor') ?? '';
    }
    expect(seen).toEqual(all);
    for (const filter of ['', `&actor_id=${admin.id}`, `&actor_id=${owner.id}&from=0`]) {
      const answer = await get(`?cursor=${cursor}${filter}`);
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors[0].field).toBe('cursor');
    }
  });

  it.each(['event=', 'event=x', 'event=a%27b.c', 'actor_id=A%20B', 'target_id=', 'from=yesterday'])(
    'refuses the filter %s (S-126)',
    async (filter) => {
      const answer = await get(`?${filter}`);
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors[0].field).toBe(filter.split('=')[0]);
    },
  );

  it.each(['from=-1', 'to=1e3', `to=${'9'.repeat(16)}`, 'session_id=x', 'from=1&from=2'])(
    'refuses the parameter %s (S-126, S-133)',
    async (parameter) => {
      expectRefusal(await get(`?${parameter}`), 400, 40001);
    },
  );

  it('shows no act of another account, whatever the filter (S-95)', async () => {
    const stranger = await newOwner(service);
    for (const filter of [`target_id=${key.id}`, `actor_id=${owner.id}`]) {
      expect((await get(`?${filter}`, stranger)).body).toEqual([]);
    }
    const { body } = await get('', stranger);
    const sql = 'SELECT id FROM audit_records WHERE account_id = ?';
    const own = await service.database.query(sql, [stranger.accountId]);
    expect(body.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      own.map(({ id }) => id as string).toSorted(),
    );
  });
});
