// Everything that is held about an account, as its owner gets it.
import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Row } from '../support/database.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { request, type HttpResponse, type Reachable } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, type Member } from '../support/members.js';
import { storeLink } from '../support/stored-link.js';
import { startService } from '../support/service.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce, describeTargets } from '../support/targets.js';
import { deliveriesOf, newWebhook, WEBHOOK } from '../webhooks/webhooks.js';

const EXPORT = '/api/v1/account/export';
/** Names that a careless writer of JSON, HTML or CSV would be misled by. */
const HOSTILE = `"]},<script>=1+1\u2028\u202e\\`;

const exported = (service: Reachable, { bearer }: Pick<Member, 'bearer'>): Promise<HttpResponse> =>
  request(service, 'GET', EXPORT, { bearer });
const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id as string).toSorted();

describeTargets(
  'the export of an account',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
    });

    const rows = (sql: string, ...params: unknown[]) => service.database.query(sql, params);

    it('has every row of the account, of no other one, and no secret (S-141, S-15)', async () => {
      const stranger = await newOwner(service);
      const owner = await newOwner(service);
      const member = await newMember(service, owner, 'standard');
      await newRole(service, owner, 'key_keeper', ['api_keys:read']);
      const key = await newKey(service, owner);
      const change = { first_name: HOSTILE, surname: HOSTILE };
      await request(service, 'PATCH', '/api/v1/account/user/me', {
        bearer: member.bearer,
        json: change,
      });
      const link = await storeLink(service.database, member, 'reset');
      await newWebhook(service, stranger, 'https://strange.invalid/');
      const webhook = await newWebhook(service, owner, 'https://hooks.invalid/?token=own');
      const rotation = `${WEBHOOK}/${webhook.id}/rotate`;
      const rotated = (await request(service, 'POST', rotation, { bearer: owner.bearer })).body;

      const { status, headers, body, text } = await exported(service, owner);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-disposition')).toBe('attachment; filename="account.json"');

      const { exported_at: at, account, users, one_time_links: links } = body;
      expect(at).toBeGreaterThanOrEqual(link.created_at);
      expect(account).toEqual(
        (await request(service, 'GET', '/api/v1/account', { bearer: owner.bearer })).body,
      );
      expect(users).toEqual(
        (await request(service, 'GET', '/api/v1/account/user', { bearer: owner.bearer })).body,
      );
      expect(users[0]).toMatchObject({ id: member.id, ...change });
      // The owner has one too, which the sign-up has made.
      expect(links.filter((each: Row) => each['user_id'] === member.id)).toEqual([
        {
          id: link.id,
          purpose: 'reset',
          user_id: member.id,
          email_address: member.email,
          role: 'standard',
          created_by: 'system',
          created_by_type: 'system',
          created_at_utc: link.created_at,
          expires_at: link.expires_at,
        },
      ]);
      expect(body.roles).toMatchObject([{ name: 'key_keeper', is_system: false }]);
      expect(body.api_keys).toMatchObject([{ id: key.id, key: key.key, revoked_at: null }]);
      const shown = (await request(service, 'GET', WEBHOOK, { bearer: owner.bearer })).body;
      expect(body.webhooks).toEqual(shown);
      const ofWebhook = await deliveriesOf(service, owner, webhook);
      expect(body.webhook_deliveries.map((each: Row) => [each.id, each.webhook_id])).toEqual(
        ofWebhook.map(({ id }) => [id, webhook.id]),
      );
      const of = [owner.accountId];
      for (const [member_, table] of [
        ['sessions', 'refresh_tokens'],
        ['audit_records', 'audit_records'],
      ] as const) {
        const stored = await rows(`SELECT id FROM ${table} WHERE account_id = ?`, ...of);
        expect([member_, idsOf(body[member_])]).toEqual([member_, idsOf(stored)]);
      }
      const networks = await rows(
        'SELECT n.digest, n.user_id FROM sign_in_networks n JOIN users u ON u.id = n.user_id WHERE u.account_id = ?',
        ...of,
      );
      expect(body.sign_in_networks).toHaveLength(networks.length);
      expect(networks.length).toBeGreaterThan(0);

      const hidden = [
        ...secretsOf(owner),
        ...secretsOf(member),
        key.secret,
        ...[webhook.secret, rotated.secret as string].map((each) => each.slice('whsec_'.length)),
        link.digest,
        ...networks.map((each) => each.digest as string),
        ...(await secretColumns(owner.accountId)),
      ];
      expect(hidden.length).toBeGreaterThan(10);
      expect(hidden.filter((secret) => text.includes(secret))).toEqual([]);
      expect([stranger.id, stranger.accountId].filter((id) => text.includes(id))).toEqual([]);
    });

    /** What the database stores about passwords, keys, sessions and webhooks of the account. */
    async function secretColumns(accountId: string): Promise<string[]> {
      const found = await Promise.all(
        [
          'SELECT password_hash AS secret FROM users WHERE account_id = ?',
          'SELECT secret_digest AS secret FROM api_keys WHERE account_id = ?',
          'SELECT salt AS secret FROM refresh_tokens WHERE account_id = ?',
          'SELECT secret FROM webhooks WHERE account_id = ?',
          'SELECT previous_secret AS secret FROM webhooks WHERE account_id = ?',
        ].map((sql) => rows(sql, accountId)),
      );
      return found.flat().flatMap(({ secret }) => (secret === null ? [] : [String(secret)]));
    }

    it('is audited, and refused to everybody but the owner (S-36)', async () => {
      const owner = await newOwner(service);
      const admin = await newMember(service, owner, 'admin');
      const { apiKey } = await newKey(service, owner, 'read_only');
      expectRefusal(await request(service, 'GET', EXPORT), 401, 40101);
      for (const bearer of [admin.bearer, apiKey]) {
        expectRefusal(await exported(service, { bearer }), 403, 40302);
      }
      expectRefusal(await request(service, 'POST', EXPORT, { bearer: owner.bearer }), 405, 40501);
      expect((await exported(service, owner)).status).toBe(200);
      const trail = await rows(
        'SELECT event, actor_id, target_id FROM audit_records WHERE account_id = ? AND event IN (?, ?) ORDER BY created_at',
        owner.accountId,
        'account.exported',
        'access.denied',
      );
      expect(trail.map(({ event, actor_id: actor }) => [event, actor])).toEqual([
        ['access.denied', admin.id],
        ['access.denied', expect.any(String)],
        ['account.exported', owner.id],
      ]);
      expect(trail.at(-1)?.target_id).toBe(owner.accountId);
    });
  },
  { adapters: ['fastify'] },
);

describeEachOnce('the export of a large account', (target) => {
  let service: SharedService;
  beforeAll(async () => {
    service = await sharedService(target);
  });

  it('holds up no other request, and has each row once', async () => {
    const owner = await newOwner(service);
    const count = 8_000;
    const values = Array.from({ length: count }, (_, index) => {
      // Many have the same time.
      const at = 1_700_000_000_000 + Math.floor(index / 70);
      return `('${randomUUID()}', ${at}, '${owner.accountId}', 'user.changed', 'success', 'x', 'user')`;
    });
    await service.database.load(
      `INSERT INTO audit_records (id, created_at, account_id, event, outcome, actor_id, actor_type) VALUES ${values.join(',')};`,
    );
    let isRunning = true;
    const running = exported(service, owner).finally(() => (isRunning = false));
    let answered = 0;
    for (; isRunning; answered++) {
      const { status } = await request(service, 'GET', '/oauth/me', { bearer: owner.bearer });
      expect(status).toBe(200);
    }
    const { body } = await running;
    const ids = idsOf(body.audit_records);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(count);
    expect(answered).toBeGreaterThan(5);
  });

  it('has each delivery of several webhooks once', async () => {
    const owner = await newOwner(service);
    const urls = [1, 2, 3].map((number) => `https://hooks.invalid/${number}`);
    const webhooks = [];
    for (const url of urls) {
      webhooks.push(await newWebhook(service, owner, url, ['role.deleted']));
    }
    // A page ends within a webhook, and with one.
    const counts = [250, 150, 130];
    const values = webhooks.flatMap(({ id: webhookId }, index) =>
      Array.from({ length: counts[index] ?? 0 }, (_, number) => {
        const at = 1_700_000_000_000 + Math.floor(number / 70);
        return `('${randomUUID()}', '${webhookId}', '${owner.accountId}', '${randomUUID()}', 'role.deleted', 'x', '{}', ${at}, ${at}, 'delivered', 1, ${Date.now()})`;
      }),
    );
    await service.database.load(
      `INSERT INTO webhook_deliveries (id, webhook_id, account_id, event_id, name, subject, body, created_at, queued_at, state, attempts, available_at) VALUES ${values.join(',')};`,
    );
    const rows = (await exported(service, owner)).body.webhook_deliveries as readonly Row[];
    expect(new Set(idsOf(rows)).size).toBe(530);
    expect(rows).toHaveLength(530);
    expect(new Set(rows.map((row) => row['webhook_id']))).toEqual(
      new Set(webhooks.map(({ id }) => id)),
    );
  });

  it('is limited to ten an hour, for the account alone (S-33)', async () => {
    const [owner, other] = [await newOwner(service), await newOwner(service)];
    const statuses: number[] = [];
    for (let index = 0; index < 10; index++) {
      statuses.push((await exported(service, owner)).status);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await exported(service, owner);
    expectRefusal(refused, 429, 42901);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await exported(service, other)).status).toBe(200);
  });
});

describeEachOnce('the export of an account, of which a part cannot be read', (target) => {
  it('breaks off, so that nobody takes it for complete', async () => {
    const service = await startService({ target });
    const owner = await newOwner(service);
    await service.database.query('ALTER TABLE sign_in_networks RENAME TO elsewhere');
    await expect(exported(service, owner)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect((await request(service, 'GET', '/health/live')).status).toBe(200);
    await service.database.query('ALTER TABLE elsewhere RENAME TO sign_in_networks');
    expect((await exported(service, owner)).status).toBe(200);
  });
});

function secretsOf({ password, tokens }: Member): string[] {
  return [password, tokens.access_token, tokens.refresh_token];
}
