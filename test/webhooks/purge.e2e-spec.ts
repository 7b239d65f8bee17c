// What the housekeeping deletes and encrypts anew; it runs when it is told to.
import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { databaseOver, importBuilt, openServiceDataSource } from '../support/built.js';
import { createTestDatabase, type Row, type TestDatabase } from '../support/database.js';
import { describeTargets } from '../support/targets.js';

const DAY_MS = 86_400_000;
const [FORMER, CURRENT, OTHER] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;

describeTargets(
  'the housekeeping of webhooks',
  (target) => {
    const now = Date.now();
    const accountId = randomUUID();
    let database: TestDatabase;
    let dataSource: DataSource;
    beforeAll(async () => {
      database = await createTestDatabase(target.database);
      dataSource = await openServiceDataSource(database);
      const account = { id: accountId, name: 'A', country: 'NLD', is_active: 1, is_verified: 1 };
      await insert('accounts', { ...account, modified_at: now });
    });

    const insert = (table: string, row: Row) => {
      const all = { created_at: now, ...row };
      const places = Object.keys(all).map(() => '?');
      return database.query(
        `INSERT INTO ${table} (${Object.keys(all).join(', ')}) VALUES (${places.join(', ')})`,
        Object.values(all),
      );
    };

    async function secretsUnder(...secretKeys: readonly Uint8Array[]) {
      const { SigningSecrets } = await importBuilt('webhooks/signing-secrets.js');
      return new SigningSecrets({ networks: [], secretKeys });
    }

    async function run(...secretKeys: readonly Uint8Array[]): Promise<void> {
      const { Housekeeping } = await importBuilt('common/housekeeping.js');
      const { WebhookPurge } = await importBuilt('webhooks/webhook-purge.js');
      const { WebhooksRepository } = await importBuilt('webhooks/webhooks.repository.js');
      const { WebhookDeliveriesRepository } = await importBuilt(
        'webhooks/webhook-deliveries.repository.js',
      );
      const housekeeping = new Housekeeping();
      void new WebhookPurge(
        new WebhookDeliveriesRepository(),
        new WebhooksRepository(),
        await secretsUnder(...secretKeys),
        await databaseOver(dataSource),
        { now: () => now },
        housekeeping,
      );
      await housekeeping.run();
    }

    async function addWebhook(secret: string, previousSecret: string | null, id = randomUUID()) {
      await insert('webhooks', {
        id,
        account_id: accountId,
        created_by: 'x',
        url: 'https://example.com/',
        events: '*',
        is_active: 1,
        secret,
        previous_secret: previousSecret,
        modified_at: now,
      });
      return id;
    }

    it('encrypts signing secrets under the present key, so that the former one can go (S-201)', async () => {
      const former = await secretsUnder(FORMER);
      const id = randomUUID();
      const [secret, previous] = [former.create(), former.create()];
      await addWebhook(former.seal(secret, id), former.seal(previous, id), id);
      const lost = (await secretsUnder(OTHER)).seal(secret, randomUUID());
      const unreadable = await addWebhook(lost, null);
      await run(CURRENT, FORMER);
      await run(CURRENT, FORMER);
      const current = await secretsUnder(CURRENT);
      const rows = await database.query('SELECT id, secret, previous_secret FROM webhooks');
      const stored = new Map(rows.map((row) => [row['id'], row]));
      expect(current.open(String(stored.get(id)?.['secret']), id)).toBe(secret);
      expect(current.open(String(stored.get(id)?.['previous_secret']), id)).toBe(previous);
      // Its key may be set again.
      expect(stored.get(unreadable)?.['secret']).toBe(lost);
    });

    it('deletes deliveries a week after their end, and those of deleted webhooks (S-168)', async () => {
      const webhookId = await addWebhook('x.y', null);
      const add = async (state: string, availableAt: number, ofWebhook: string = webhookId) => {
        const id = randomUUID();
        await insert('webhook_deliveries', {
          id,
          webhook_id: ofWebhook,
          account_id: accountId,
          event_id: randomUUID(),
          name: 'role.deleted',
          subject: 'x',
          body: '{}',
          queued_at: now,
          state,
          attempts: 1,
          available_at: availableAt,
        });
        return id;
      };
      const [old, young] = [now - 7 * DAY_MS - 1, now - 7 * DAY_MS + 60_000];
      for (const state of ['delivered', 'failed']) await add(state, old);
      for (let count = 0; count < 501; count++) await add('delivered', now, 'deleted');
      const kept = [
        await add('delivered', young),
        await add('failed', young),
        await add('pending', now),
      ];
      await run(CURRENT);
      const left = await database.query('SELECT id FROM webhook_deliveries');
      expect(left.map(({ id }) => id as string).toSorted()).toEqual(kept.toSorted());
    });
  },
  { adapters: ['fastify'] },
);
