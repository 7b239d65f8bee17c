import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expectRefusal } from '../support/expect-refusal.js';
import { request, type HttpResponse } from '../support/http.js';
import { expectStatus, newKey, newOwner, type Key, type Member } from '../support/members.js';
import { countRows, inParallel, liveSessionIds, refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const LEAKED = '/api/v1/api_key/leaked';
const KEYS = '/api/v1/account/api_key';

/** A well-formed key that nobody has issued. */
function inventedKey(): string {
  const secret = `gths_${randomBytes(32).toString('hex')}`;
  const checksum = crc32(secret).toString(16).padStart(8, '0');
  return `gthk_${randomBytes(16).toString('hex')}.${secret}${checksum}`;
}

function shuffled<T>(items: readonly T[]): T[] {
  const ranked = items.map((item) => ({ item, rank: randomBytes(4).readUInt32BE() }));
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ item }) => item);
}

describeEachOnce('POST /api/v1/api_key/leaked', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const report = (api_key: unknown, more: object = {}) =>
    request(service, 'POST', LEAKED, { json: { api_key, ...more } });
  const me = async (bearer: string) =>
    (await request(service, 'GET', '/oauth/me', { bearer })).status;
  const grant = async ({ key, secret }: Key) =>
    (await request(service, 'POST', '/oauth/token?grant_type=password', { basic: [key, secret] }))
      .body;
  const set = (id: string, assignment: string) =>
    service.database.query(`UPDATE api_keys SET ${assignment} WHERE id = ?`, [id]);
  const isActive = async ({ id }: Key) =>
    (await request(service, 'GET', `${KEYS}/${id}`, { bearer: owner.bearer })).body.is_active;
  const rotated = async ({ id }: Key, overlap_seconds: number): Promise<string> => {
    const options = { bearer: owner.bearer, json: { overlap_seconds } };
    const path = `${KEYS}/${id}/rotate`;
    return (await expectStatus(200, service, 'POST', path, options)).body.api_key as string;
  };
  const trail = async ({ id }: Key) => {
    const path = `/api/v1/account/audit?event=api_key.leaked&target_id=${id}`;
    return (await request(service, 'GET', path, { bearer: owner.bearer })).body as {
      actor_type: string;
      ip_address: string;
      reason: string | null;
    }[];
  };

  it('ends a live key and its sessions before the answer, and its account sees that (S-215)', async () => {
    const key = await newKey(service, owner);
    const tokens = await grant(key);
    expect([await me(key.apiKey), await me(tokens.access_token)]).toEqual([200, 200]);
    const { status, body } = await report(key.apiKey);
    expect([status, body]).toEqual([202, {}]);
    // Both were verified just before, and so are in the cache of this instance.
    expect([await me(key.apiKey), await me(tokens.access_token)]).toEqual([401, 401]);
    expectRefusal(await refresh(service, tokens.refresh_token), 403, 40106);
    expect(await isActive(key)).toBe(false);
    expect(await trail(key)).toEqual([
      expect.objectContaining({ actor_type: 'anonymous', ip_address: '127.0.0.1', reason: null }),
    ]);
  });

  it('ends one whose allowed_ips do not admit the reporter, and one of a disabled account (S-215)', async () => {
    const elsewhere = await newKey(service, owner, 'read_only', { allowed_ips: ['192.0.2.0/24'] });
    await report(elsewhere.apiKey);
    expect(await isActive(elsewhere)).toBe(false);

    const disabled = await newOwner(service);
    const key = await newKey(service, disabled);
    const setActive = (value: string) =>
      service.database.query(`UPDATE accounts SET is_active = ${value} WHERE id = ?`, [
        disabled.accountId,
      ]);
    await setActive('FALSE');
    expect((await report(key.apiKey)).status).toBe(202);
    await setActive('TRUE');
    expect(await me(key.apiKey)).toBe(401);
  });

  it('ends a key that was copied with blanks around it; with a line break it is 40001 (S-215)', async () => {
    const key = await newKey(service, owner);
    expectRefusal(await report(`${key.apiKey}\n`), 400, 40001);
    expect(await isActive(key)).toBe(true);
    await report(`  ${key.apiKey} `);
    expect(await isActive(key)).toBe(false);
  });

  it('ends only the former secret within its overlap, and a second report changes nothing (S-215)', async () => {
    const key = await newKey(service, owner);
    const current = await rotated(key, 600);
    const [, secret = ''] = current.split('.');
    const tokens = await grant({ ...key, secret });
    expect([await me(key.apiKey), await me(current)]).toEqual([200, 200]);
    for (let reports = 0; reports < 2; reports++) {
      expect((await report(key.apiKey)).status).toBe(202);
      expect([await me(key.apiKey), await me(current)]).toEqual([401, 200]);
    }
    expect(await me(tokens.access_token)).toBe(200);
    expect(await trail(key)).toEqual([
      expect.objectContaining({ reason: 'only the secret before the last rotation' }),
    ]);
    await report(current);
    expect([await me(current), await me(tokens.access_token)]).toEqual([401, 401]);
    expect(await trail(key)).toHaveLength(2);
  });

  it('ends a live key by its current secret within an overlap, with the former one (S-215)', async () => {
    const key = await newKey(service, owner);
    const current = await rotated(key, 600);
    await report(current);
    expect([await me(key.apiKey), await me(current)]).toEqual([401, 401]);
  });

  it('ends nothing without the secret, or for a secret that was replaced, is wrong or is of another key (S-215)', async () => {
    const [key, other] = [await newKey(service, owner), await newKey(service, owner)];
    const current = await rotated(key, 0);
    const secret = inventedKey().split('.')[1];
    const texts = [key.apiKey, key.key, `${key.key}.`, `.${other.secret}`, other.secret];
    const crossed = [`${key.key}.${other.secret}`, `${key.key}.${secret}`, `${key.key}.${key.key}`];
    for (const text of [...texts, ...crossed]) expect((await report(text)).status).toBe(202);
    expect([await isActive(key), await isActive(other)]).toEqual([true, true]);
    expect(await me(current)).toBe(200);
    expect(await trail(key)).toEqual([]);
  });

  it('answers alike for live, dead, invented and malformed keys, and only a live one leaves a row (S-215)', async () => {
    const live = await newKey(service, owner);
    const dead: Key[] = [];
    for (const assignment of ['revoked_at = 1', 'expires_at = 1', 'created_at = 1']) {
      const key = await newKey(service, owner);
      await set(key.id, assignment);
      dead.push(key);
    }
    const before = await countRows(service.database, 'audit_records');
    const answers: HttpResponse[] = [];
    const malformed = ['', '.', '🦉'.repeat(500), 'x'.repeat(1000), 'a.b.c'];
    const others = [...dead.map(({ apiKey }) => apiKey), inventedKey(), ...malformed];
    for (const text of others) answers.push(await report(text));
    expect(await countRows(service.database, 'audit_records')).toBe(before);
    answers.push(await report(live.apiKey));
    expect(await trail(live)).toHaveLength(1);
    const shapes = answers.map(({ status, text, headers }) =>
      JSON.stringify([
        status,
        text,
        [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
      ]),
    );
    expect(new Set(shapes).size).toBe(1);
    expect(shapes[0]).toMatch(/^\[202,"\{\}",/);
  });

  it('takes as long for a live key as for a dead, an invented and a malformed one (S-215)', async () => {
    const dead = await newKey(service, owner);
    await report(dead.apiKey);
    const durations: Record<string, number[]> = {};
    for (let round = 0; round < 41; round++) {
      const live = await newKey(service, owner);
      const texts = {
        live: live.apiKey,
        dead: dead.apiKey,
        invented: inventedKey(),
        malformed: 'x',
      };
      // In a random order, so that each kind comes after each other one.
      for (const [kind, text] of shuffled(Object.entries(texts))) {
        const startedAt = performance.now();
        await report(text);
        (durations[kind] ??= []).push(performance.now() - startedAt);
      }
    }
    const middle = Object.values(durations).map((each) => each.toSorted((a, b) => a - b)[20] ?? 0);
    expect(middle).toHaveLength(4);
    expect(Math.max(...middle)).toBeLessThan(2 * Math.min(...middle));
  });

  it.each([[undefined], [null], [1], [true], [['gthk_']], [{}], ['x'.repeat(1001)]])(
    'refuses %j in place of a text with 40001',
    async (api_key) => {
      const answer = await report(api_key);
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors[0].field).toBe('api_key');
    },
  );

  it('refuses another member with 40001, and ends nothing (S-98)', async () => {
    const key = await newKey(service, owner);
    expectRefusal(await report(key.apiKey, { account_id: owner.accountId }), 400, 40001);
    expect(await isActive(key)).toBe(true);
  });

  it('is one act of 20 parallel reports (S-215)', async () => {
    const key = await newKey(service, owner);
    const answers = await inParallel(20, () => report(key.apiKey));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(await trail(key)).toHaveLength(1);
  });

  it('leaves no session alive of sign-ins that it races with (S-104, S-215)', async () => {
    for (let round = 0; round < 5; round++) {
      const other = await newOwner(service);
      const key = await newKey(service, other);
      const [, ...granted] = await Promise.all([
        report(key.apiKey),
        ...Array.from({ length: 6 }, () => grant(key)),
      ]);
      for (const { access_token: bearer } of granted) {
        if (bearer !== undefined) expect(await me(bearer as string)).toBe(401);
      }
      // The owner's.
      expect(await liveSessionIds(service.database, other.accountId)).toHaveLength(1);
    }
  });

  it('ends a key that is rotated at the same time, or only its former secret (S-215)', async () => {
    for (let round = 0; round < 5; round++) {
      const key = await newKey(service, owner);
      const options = { bearer: owner.bearer, json: { overlap_seconds: 600 } };
      const [reported, rotation] = await Promise.all([
        report(key.apiKey),
        request(service, 'POST', `${KEYS}/${key.id}/rotate`, options),
      ]);
      expect(reported.status).toBe(202);
      expect(await me(key.apiKey)).toBe(401);
      expect([200, 409]).toContain(rotation.status);
      expect(await trail(key)).toHaveLength(1);
      if (await isActive(key)) expect(await me(rotation.body.api_key)).toBe(200);
    }
  });

  it('puts neither key nor secret into the log (S-146)', async () => {
    const key = await newKey(service, owner);
    const invented = inventedKey();
    for (const text of [key.apiKey, invented]) await report(text);
    const output = service.output();
    expect(output).toContain(`api_key.leaked`);
    for (const text of [key.secret, key.key, ...invented.split('.')]) {
      expect(output).not.toContain(text);
    }
  });
});
