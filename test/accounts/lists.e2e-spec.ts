import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { newKey, newOwner, newUser, type Member } from '../support/members.js';
import { startService } from '../support/service.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const LISTS = [
  '/api/v1/account/user',
  '/api/v1/account/api_key',
  '/api/v1/account/role',
  '/api/v1/account/session',
  '/api/v1/account/audit',
];

describeTargets(
  'lists',
  (target) => {
    let service: SharedService;
    let owner: Member;
    beforeAll(async () => {
      service = await sharedService(target);
      owner = await newOwner(service);
      for (let count = 0; count < 6; count++) await newUser(service, owner, 'standard');
      for (let count = 0; count < 3; count++) await newKey(service, owner);
      // Several rows with the same time, as a fast machine creates them: only the id orders them.
      const sql = 'UPDATE users SET created_at = 1000 WHERE account_id = ? AND role = ?';
      await service.database.query(sql, [owner.accountId, 'standard']);
    });

    const get = (path: string, { bearer } = owner, headers = {}) =>
      request(service, 'GET', path, { bearer, headers });
    const nextOf = (link: string | null) => /^<([^>]+)>; rel="next"$/.exec(link ?? '')?.[1];

    async function walk(start: string): Promise<{ id: string; created_at_utc: number }[]> {
      const seen = [];
      for (let path: string | undefined = start; path !== undefined;) {
        const { status, body, headers } = await get(path);
        expect(status).toBe(200);
        expect(body.length).toBeGreaterThan(0);
        seen.push(...body);
        path = nextOf(headers.get('link'));
      }
      return seen;
    }

    it.each([
      ['/api/v1/account/user?limit=2', 7],
      ['/api/v1/account/user?limit=7', 7],
      ['/api/v1/account/api_key?limit=1', 3],
      ['/api/v1/account/role?limit=4', 6],
      ['/api/v1/account/session', 1],
    ])('give every row once through Link, newest first: %s', async (path, length) => {
      const rows = await walk(path);
      expect(rows).toHaveLength(length);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(length);
      const order = rows.map((row) => [row.created_at_utc, row.id] as const);
      const sorted = order.toSorted(([a, x], [b, y]) => b - a || (x < y ? 1 : -1));
      expect(order).toEqual(sorted);
    });

    it.each(LISTS)('are arrays without a Link on the last page: %s', async (path) => {
      const { body, headers } = await get(path);
      expect([Array.isArray(body), headers.get('link')]).toEqual([true, null]);
    });

    it.each(['0', '-1', '101', '1000000', 'abc', '1e1', '', ' 5', '2.0', '0x10'])(
      'refuse the limit %j (S-34)',
      async (limit) => {
        for (const path of LISTS) {
          const answer = await get(`${path}?limit=${encodeURIComponent(limit)}`);
          expectRefusal(answer, 400, 40001);
          expect(answer.body.errors[0].field).toBe('limit');
        }
      },
    );

    it('give relative links without PUBLIC_URL, and never use the Host header (S-111)', async () => {
      const headers = { Host: 'evil.example' };
      const answer = await get('/api/v1/account/user?limit=2', owner, headers);
      expect(nextOf(answer.headers.get('link'))).toMatch(
        /^\/api\/v1\/account\/user\?limit=2&cursor=/,
      );
    });

    describe('a cursor', () => {
      let cursor: string;
      beforeAll(async () => {
        const { headers } = await get('/api/v1/account/user?limit=2');
        cursor =
          new URL(nextOf(headers.get('link')) ?? '', 'http://x').searchParams.get('cursor') ?? '';
      });

      const expectUnknown = async (path: string, member = owner) => {
        const answer = await get(path, member);
        expectRefusal(answer, 400, 40001);
        expect(answer.body.errors[0].field).toBe('cursor');
      };

      it('is valid for its own list only (S-199)', async () => {
        const other = await newOwner(service);
        await expectUnknown(`/api/v1/account/user?cursor=${cursor}`, other);
        for (const path of LISTS.slice(1)) await expectUnknown(`${path}?cursor=${cursor}`);
        const key = await newKey(service, owner);
        await expectUnknown(`/api/v1/account/api_key/${key.id}/sessions?cursor=${cursor}`);
      });

      it('is valid with another limit, and reveals no id', async () => {
        const { body } = await get(`/api/v1/account/user?limit=100&cursor=${cursor}`);
        expect(body).toHaveLength(5);
        expect(cursor).toMatch(/^[\w-]{54}$/);
        for (const { id } of body) expect(cursor).not.toContain(id);
      });

      it('cannot be changed or forged (S-199)', async () => {
        const flip = (at: number) =>
          cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
        const forged = [
          flip(0),
          flip(10),
          flip(30),
          flip(cursor.length - 2),
          cursor.slice(1),
          '',
          'A',
        ];
        for (const each of [...forged, `${cursor}A`, 'x'.repeat(101)]) {
          await expectUnknown(`/api/v1/account/user?cursor=${each}`);
        }
      });

      it('is refused when the query repeats it (S-133)', async () => {
        const answer = await get(`/api/v1/account/user?cursor=${cursor}&cursor=${cursor}`);
        expectRefusal(answer, 400, 40001);
      });
    });
  },
  { adapters: ['fastify'] },
);

describeTargets(
  'lists with a PUBLIC_URL',
  (target) => {
    it('give links to that URL (S-111)', async () => {
      const env = { PUBLIC_URL: 'https://auth.example.com/' };
      const service = await startService({ target, env });
      const owner = await newOwner(service);
      await newUser(service, owner, 'standard');
      const { headers } = await request(service, 'GET', '/api/v1/account/user?limit=1', {
        bearer: owner.bearer,
        headers: { Host: 'evil.example' },
      });
      expect(headers.get('link')).toMatch(
        /^<https:\/\/auth\.example\.com\/api\/v1\/account\/user\?/,
      );
    });
  },
  { databases: ['sqlite'] },
);
