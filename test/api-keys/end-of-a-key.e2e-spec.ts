import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { withinBound } from '../support/bound.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { request, type HttpResponse } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, type Key, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { inParallel, liveSessionIds, refresh } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const KEYS = '/api/v1/account/api_key';
const DAY = 86_400_000;

describeEachOnce('an API key', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const me = (bearer: string) => request(service, 'GET', '/oauth/me', { bearer });
  const put = (path: string) => request(service, 'PUT', path, { bearer: owner.bearer });
  const get = async (id: string) =>
    (await request(service, 'GET', `${KEYS}/${id}`, { bearer: owner.bearer })).body;
  const grant = async ({ key, secret }: Key) =>
    request(service, 'POST', '/oauth/token?grant_type=password', { basic: [key, secret] });
  const set = (id: string, assignment: string, ...params: unknown[]) =>
    service.database.query(`UPDATE api_keys SET ${assignment} WHERE id = ?`, [...params, id]);

  it('is revoked permanently, with its sessions, and a second revocation changes nothing (S-55, S-90)', async () => {
    const key = await newKey(service, owner);
    const { body } = await grant(key);
    const first = await put(`${KEYS}/${key.id}/revoke`);
    const again = await put(`${KEYS}/${key.id}/revoke`);
    expect([first.status, first.body.is_active]).toEqual([200, false]);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expectRefusal(await me(key.apiKey), 401, 40105);
    expectRefusal(await me(body.access_token), 401, 40103);
    expectRefusal(await refresh(service, body.refresh_token), 403, 40106);
    expectRefusal(await grant(key), 403, 40102);
    const rotated = await request(service, 'POST', `${KEYS}/${key.id}/rotate`, {
      bearer: owner.bearer,
      json: { overlap_seconds: 0 },
    });
    expectRefusal(rotated, 409, 40901);
  });

  it('that is unknown, wrong, revoked, expired or unused gets the same answer (S-19)', async () => {
    const unknown = await newKey(service, owner);
    const answers: HttpResponse[] = [];
    const wrong = await newKey(service, owner);
    answers.push(await me(`${wrong.key}.${unknown.secret}`));
    for (const assignment of ['revoked_at = 1', 'expires_at = 1', 'created_at = 1']) {
      const key = await newKey(service, owner);
      await set(key.id, assignment);
      answers.push(await me(key.apiKey));
    }
    await service.database.query('DELETE FROM api_keys WHERE id = ?', [unknown.id]);
    answers.push(await me(unknown.apiKey));
    for (const answer of answers) expectRefusal(answer, 401, 40105);
    const headersOf = ({ headers }: HttpResponse) =>
      JSON.stringify([...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(headersOf)).size).toBe(1);
  });

  it('that was unused for 90 days is refused permanently at its next use, without a job (S-87, S-90)', async () => {
    const key = await newKey(service, owner);
    const { body } = await grant(key);
    await set(key.id, 'last_accessed_at = ?', Date.now() - 90 * DAY + 300_000);
    expect((await me(key.apiKey)).status).toBe(200);
    // The use is recorded in the background; the next change has to come after it.
    await withinBound(async () =>
      expect((await get(key.id)).last_accessed_at_utc).toBeGreaterThan(Date.now() - DAY),
    );
    await set(key.id, 'last_accessed_at = ?', Date.now() - 90 * DAY - 1_000);
    expect((await get(key.id)).is_active).toBe(false);
    expectRefusal(await me(body.access_token), 401, 40103);
    expectRefusal(await me(key.apiKey), 401, 40105);
    await untilOutput(service, 'api_key.lapsed ', key.id);
    // As after a clock that was set back.
    await set(key.id, 'last_accessed_at = ?', Date.now());
    expectRefusal(await me(key.apiKey), 401, 40105);
    expectRefusal(await refresh(service, body.refresh_token), 403, 40106);
  });

  it('that was never used counts from its creation (S-87)', async () => {
    const key = await newKey(service, owner);
    await set(key.id, 'created_at = ?', Date.now() - 90 * DAY - 1_000);
    expectRefusal(await grant(key), 403, 40102);
  });

  it('records only a successful use as its last use, once a minute (S-88)', async () => {
    const key = await newKey(service, owner);
    await me(`${key.key}.${'x'.repeat(77)}`);
    await me(`${key.key}.gths_${'0'.repeat(64)}fdaa6867`);
    await sleep(100);
    expect((await get(key.id)).last_accessed_at_utc).toBeNull();
    const startedAt = Date.now();
    await inParallel(200, () => me(key.apiKey));
    const first = await eventually(async () => {
      const { last_accessed_at_utc: at } = await get(key.id);
      expect(at).toBeGreaterThanOrEqual(startedAt);
      expect(at).toBeLessThanOrEqual(Date.now());
      return at as number;
    });
    await me(key.apiKey);
    await sleep(100);
    expect((await get(key.id)).last_accessed_at_utc).toBe(first);
    await set(key.id, 'last_accessed_at = ?', first - 61_000);
    let moved = 0;
    await withinBound(async () => {
      await me(key.apiKey);
      await sleep(100);
      moved = (await get(key.id)).last_accessed_at_utc;
      expect(moved).toBeGreaterThanOrEqual(first);
    });
    // The last use never moves backwards.
    await set(key.id, 'last_accessed_at = ?', moved + 3_600_000);
    await me(key.apiKey);
    await sleep(100);
    expect((await get(key.id)).last_accessed_at_utc).toBe(moved + 3_600_000);
  });

  it('outlives its creator, and the audit log names each key that was kept (S-86)', async () => {
    await newRole(service, owner, 'maker', ['read_only', 'api_keys:write']);
    for (const [reason, act] of [
      ['role changed', (id: string) => change(id, { role: 'read_only' })],
      ['deactivated', (id: string) => change(id, { is_active: false })],
      [
        'deleted',
        (id: string) =>
          request(service, 'DELETE', `/api/v1/account/user/${id}`, { bearer: owner.bearer }),
      ],
    ] as const) {
      const maker = await newMember(service, owner, 'maker');
      const keys = [await newKey(service, maker), await newKey(service, maker)];
      expect((await act(maker.id)).status).toBeLessThan(300);
      for (const { id, apiKey } of keys) {
        expect((await me(apiKey)).status).toBe(200);
        expect(service.output()).toMatch(
          new RegExp(`api_key\\.kept .*apiKeyId="${id}".*reason="${reason}"`),
        );
        expect((await get(id)).created_by).toBe(maker.id);
      }
    }
  });

  it('ends with its account, disabled or deleted (S-86, S-106)', async () => {
    const other = await newOwner(service);
    const key = await newKey(service, other);
    const { body } = await grant(key);
    const sql = 'UPDATE accounts SET is_active = ? WHERE id = ?';
    await service.database.query(sql, [0, other.accountId]);
    expectRefusal(await me(key.apiKey), 401, 40105);
    expectRefusal(await me(body.access_token), 401, 40103);
    expectRefusal(await grant(key), 403, 40102);
    await service.database.query(sql, [1, other.accountId]);
    const bearer = other.bearer;
    const json = { password: other.password };
    await request(service, 'DELETE', '/api/v1/account', { bearer, json });
    expectRefusal(await me(key.apiKey), 401, 40105);
    expect(await liveSessionIds(service.database, other.accountId)).toEqual([]);
  });

  function change(id: string, json: object) {
    const path = `/api/v1/account/user/${id}`;
    return request(service, 'PATCH', path, { bearer: owner.bearer, json });
  }
});
