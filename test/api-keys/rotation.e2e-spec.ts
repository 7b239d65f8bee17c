import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, type Member } from '../support/members.js';
import { beforeTheEnd } from '../support/patience.js';
import { startService } from '../support/service.js';
import { countRows, inParallel, refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const KEYS = '/api/v1/account/api_key';

describeEachOnce('the secret of an API key', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const me = async (bearer: string) =>
    (await request(service, 'GET', '/oauth/me', { bearer })).status;
  const post = (path: string, json: object, idempotencyKey?: string, bearer = owner.bearer) =>
    request(service, 'POST', path, {
      bearer,
      json,
      headers: { 'Idempotency-Key': idempotencyKey },
    });
  const rotate = (id: string, overlap_seconds: unknown, idempotencyKey?: string) =>
    post(`${KEYS}/${id}/rotate`, { overlap_seconds }, idempotencyKey);
  const create = (idempotencyKey?: string, bearer = owner.bearer, name = 'export') =>
    post(KEYS, { name, role: 'read_only' }, idempotencyKey, bearer);

  describe('when it is rotated', () => {
    it('works beside the new one until exactly the end of the overlap', async () => {
      await beforeTheEnd(async (spanMs) => {
        const key = await newKey(service, owner);
        const earliestEnd = Date.now() + spanMs;
        const { status, body } = await rotate(key.id, spanMs / 1000);
        const latestEnd = Date.now() + spanMs;
        expect([status, body.key, body.api_key]).toEqual([
          200,
          key.key,
          `${key.key}.${body.secret}`,
        ]);
        const both = [await me(key.apiKey), await me(body.api_key)];
        if (Date.now() >= earliestEnd) return false;
        expect(both).toEqual([200, 200]);
        await sleep(latestEnd - Date.now() + 20);
        expect([await me(key.apiKey), await me(body.api_key)]).toEqual([401, 200]);
        return true;
      });
    });

    it('ends at once without an overlap, with the sessions that it began', async () => {
      const key = await newKey(service, owner);
      const path = '/oauth/token?grant_type=password';
      const grant = await request(service, 'POST', path, { basic: [key.key, key.secret] });
      const { body } = await rotate(key.id, 0);
      expect([await me(key.apiKey), await me(body.api_key)]).toEqual([401, 200]);
      expect(await me(grant.body.access_token)).toBe(401);
      expectRefusal(await refresh(service, grant.body.refresh_token), 403, 40106);
    });

    it('is one of at most two: a further rotation ends the oldest', async () => {
      const key = await newKey(service, owner);
      const second = (await rotate(key.id, 600)).body.api_key;
      const third = (await rotate(key.id, 600)).body.api_key;
      expect([await me(key.apiKey), await me(second), await me(third)]).toEqual([401, 200, 200]);
    });

    it.each([-1, 604_801, 1.5, '1', null, undefined, [], {}])(
      'is not rotated with an overlap of %j: 40001',
      async (overlap) => {
        const key = await newKey(service, owner);
        const answer = await rotate(key.id, overlap);
        expectRefusal(answer, 400, 40001);
        expect(answer.body.errors[0].field).toBe('overlap_seconds');
        expect(await me(key.apiKey)).toBe(200);
      },
    );
  });

  describe('under an Idempotency-Key', () => {
    it('is returned again in the same answer, at creation and at rotation', async () => {
      const uuid = randomUUID();
      const [first, again] = [await create(uuid), await create(uuid.toUpperCase())];
      expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
      expect(await me(again.body.api_key)).toBe(200);
      const [other, repeated] = [randomUUID(), first.body.id];
      const rotated = await rotate(repeated, 60, other);
      const twice = await rotate(repeated, 60, other);
      expect([rotated.status, twice.status, twice.body]).toEqual([200, 200, rotated.body]);
      expect(twice.body.secret).not.toBe(first.body.secret);
      expect(await me(first.body.api_key)).toBe(200);
    });

    it('is created once by 20 concurrent requests', async () => {
      const uuid = randomUUID();
      const answers = await inParallel(20, () => create(uuid, owner.bearer, uuid));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ body }) => body.secret)).size).toBe(1);
      expect(await countRows(service.database, 'api_keys', 'name = ?', [uuid])).toBe(1);
    });

    it('is refused to another request: 40001', async () => {
      const uuid = randomUUID();
      const { body } = await create(uuid);
      for (const answer of [
        await create(uuid, owner.bearer, 'another'),
        await rotate(body.id, 0, uuid),
      ]) {
        expectRefusal(answer, 400, 40001);
        expect(answer.body.errors).toEqual([
          { field: 'Idempotency-Key', message: 'Idempotency-Key was used for another request' },
        ]);
      }
      expect(await me(body.api_key)).toBe(200);
    });

    it('is separate from that of another caller', async () => {
      const uuid = randomUUID();
      const admin = await newMember(service, owner, 'admin');
      const stranger = await newOwner(service);
      const ids = [];
      for (const { bearer } of [owner, admin, stranger]) {
        ids.push((await create(uuid, bearer)).body.id);
      }
      expect(new Set(ids).size).toBe(3);
    });

    it.each(['', 'x', '1', `${randomUUID()}0`, `${randomUUID()}, ${randomUUID()}`, 'é'])(
      'is not issued when the key is not a UUID: %j',
      async (value) => {
        const answer = await create(Buffer.from(value).toString('latin1'));
        expectRefusal(answer, 400, 40001);
        expect(answer.body.errors[0].field).toBe('Idempotency-Key');
      },
    );

    it('is not returned again after ten minutes', async () => {
      const uuid = randomUUID();
      const first = await create(uuid);
      const later = 'UPDATE api_key_issues SET created_at = created_at - ? WHERE api_key_id = ?';
      await service.database.query(later, [595_000, first.body.id]);
      expect((await create(uuid)).body.id).toBe(first.body.id);
      await service.database.query(later, [5_001, first.body.id]);
      const second = await create(uuid);
      expect([second.status, second.body.id === first.body.id]).toEqual([201, false]);
    });

    it('is not returned again once another has replaced it: 40901', async () => {
      const uuid = randomUUID();
      const { body } = await create(uuid);
      await rotate(body.id, 0);
      expectRefusal(await create(uuid), 409, 40901);
    });

    it('is not revealed by any row or log line', async () => {
      const uuid = randomUUID();
      const { body } = await create(uuid);
      const rows = [
        ...(await service.database.query('SELECT * FROM api_key_issues')),
        ...(await service.database.query('SELECT * FROM api_keys')),
      ];
      const dump = JSON.stringify(rows);
      for (const part of [uuid, body.secret, body.secret.slice(5, 69)]) {
        expect(dump).not.toContain(part);
      }
      expect(service.output()).not.toContain(uuid);
    });
  });
});

describe('the secret of an API key under an Idempotency-Key', () => {
  it('is returned again after a crash', async () => {
    const service = await startService();
    const { bearer } = await newOwner(service);
    const headers = { 'Idempotency-Key': randomUUID() };
    const json = { name: 'export', role: 'read_only' };
    const create = () => request(service, 'POST', KEYS, { bearer, json, headers });
    const { body } = await create();
    await service.kill();
    await service.start();
    expect(body.secret).toEqual(expect.any(String));
    expect((await create()).body.secret).toBe(body.secret);
  });
});
