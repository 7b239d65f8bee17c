import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { request } from '../support/http.js';
import { newKey, newOwner, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows, inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const KEYS = '/api/v1/account/api_key';

describeTargets(
  'API keys, under concurrent requests',
  (target) => {
    let service: SharedService;
    let owner: Member;
    beforeAll(async () => {
      service = await sharedService(target);
      owner = await newOwner(service);
    });

    const create = ({ bearer } = owner) =>
      request(service, 'POST', KEYS, { bearer, json: { name: 'k', role: 'read_only' } });

    it('a key that is revoked while it signs in has no live session (S-55, S-104)', async () => {
      for (let round = 0; round < 25; round++) {
        const key = await newKey(service, owner);
        const grants = ['password', 'client_credentials'].map((type) =>
          request(service, 'POST', `/oauth/token?grant_type=${type}`, {
            basic: [key.key, key.secret],
          }),
        );
        const path = `${KEYS}/${key.id}/revoke`;
        const revoked = request(service, 'PUT', path, { bearer: owner.bearer });
        const answers = await Promise.all([...grants, revoked]);
        expect(answers.at(-1)?.status).toBe(200);
        for (const { status } of answers) expect([200, 403]).toContain(status);
        const live = ['api_key_id = ? AND revoked_at IS NULL', [key.id]] as const;
        expect(await countRows(service.database, 'refresh_tokens', ...live)).toBe(0);
      }
    });

    it('an account never has more keys than its limits for account and creator allow (S-91)', async () => {
      for (const { mine, others, room } of [
        { mine: 46, others: 0, room: 4 },
        { mine: 10, others: 85, room: 5 },
      ]) {
        const crowd = await newOwner(service);
        await insertKeys(crowd, crowd.id, mine);
        await insertKeys(crowd, randomUUID(), others);
        const answers = await inParallel(12, () => create(crowd));
        const codes = answers.map(({ status, body }) => (status === 201 ? 201 : body.code));
        expect(codes.filter((code) => code === 201)).toHaveLength(room);
        expect(codes.filter((code) => code === 40902)).toHaveLength(12 - room);
        // A revoked key no longer counts.
        const sql = 'UPDATE api_keys SET revoked_at = 1 WHERE account_id = ? AND created_by = ?';
        await service.database.query(sql, [crowd.accountId, crowd.id]);
        expect((await create(crowd)).status).toBe(201);
      }
    });

    it('two concurrent rotations leave the newest secret and the one before it', async () => {
      for (let round = 0; round < 10; round++) {
        const key = await newKey(service, owner);
        const answers = await inParallel(2, () =>
          request(service, 'POST', `${KEYS}/${key.id}/rotate`, {
            bearer: owner.bearer,
            json: { overlap_seconds: 600 },
          }),
        );
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        const secrets = [key.apiKey, ...answers.map(({ body }) => body.api_key)];
        const opened = await Promise.all(
          secrets.map(async (bearer) => {
            const { status } = await request(service, 'GET', '/oauth/me', { bearer });
            return status;
          }),
        );
        // The first secret is two rotations old by now.
        expect(opened).toEqual([401, 200, 200]);
      }
    });

    async function insertKeys({ accountId }: Member, createdBy: string, count: number) {
      const now = Date.now();
      for (let index = 0; index < count; index++) {
        const key = `gthk_${randomBytes(16).toString('hex')}`;
        await service.database.query(
          `INSERT INTO api_keys (id, account_id, created_by, name, \`key\`, secret_digest, role, created_at, modified_at)
           VALUES (?, ?, ?, 'k', ?, ?, 'read_only', ?, ?)`,
          [randomUUID(), accountId, createdBy, key, '0'.repeat(64), now, now],
        );
      }
    }
  },
  { adapters: ['fastify'] },
);
