// A host on each engine, with names that must be quoted: prefixes and a schema in upper and lower case.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { EntitySchema, Table, type DataSource, type QueryRunner } from 'typeorm';
import type { GatehouseModuleOptions } from '../../src/gatehouse-options.js';
import type { GatehouseService } from '../../src/gatehouse.service.js';
import type { MailKind } from '../../src/mail/letters/letter-facts.js';
import type { Mail } from '../../src/mail/mailer.js';
import { importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { createTestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { request } from '../support/http.js';
import { newKey, newOwner, newUser } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const PREFIXES = { entityPrefix: 'Shop_', tablePrefix: 'Auth_' };

interface Order {
  readonly id: string;
  readonly accountId: string;
}

const ORDERS = new EntitySchema<Order>({
  name: 'Order',
  tableName: 'orders',
  columns: {
    id: { type: 'varchar', length: 36, primary: true },
    accountId: { name: 'account_id', type: 'varchar', length: 36 },
  },
});

class CreateOrders1764900000000 {
  async up(runner: QueryRunner): Promise<void> {
    const { gatehouseIdColumn } = await importBuilt('index.js');
    await runner.createTable(
      new Table({
        name: 'Shop_orders',
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          gatehouseIdColumn(runner, 'account_id'),
        ],
        foreignKeys: [
          {
            columnNames: ['account_id'],
            referencedTableName: 'Shop_Auth_accounts',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('Shop_orders');
  }
}

async function createHost(
  dataSource: DataSource,
  options: GatehouseModuleOptions,
): Promise<INestApplication> {
  const { GatehouseModule } = await importBuilt('index.js');

  @Module({
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => dataSource.options,
        dataSourceFactory: () => Promise.resolve(dataSource),
      }),
      GatehouseModule.forRoot({ password: { bcryptCost: 10 }, ...options }),
    ],
  })
  class Host {}
  return NestFactory.create(Host, { logger: false, abortOnError: false });
}

describeTargets(
  'a host',
  (target) => {
    let app: INestApplication;
    let host: { url: string };
    let dataSource: DataSource;
    let gatehouse: GatehouseService;
    const letters: Mail[] = [];
    const mailer = { send: (mail: Mail) => Promise.resolve(void letters.push(mail)) };

    beforeAll(async () => {
      const { GatehouseService, gatehouseEntities, gatehouseMigrations } =
        await importBuilt('index.js');
      const database = await createTestDatabase(target.database);
      if (target.database === 'postgres') await database.query('CREATE SCHEMA "Tenant"');
      const { entityPrefix, tablePrefix } = PREFIXES;
      dataSource = await openHostDataSource(database, {
        // The service leaves 64-bit integers as text.
        ...(target.database === 'postgres' ? { schema: 'Tenant', parseInt8: true } : {}),
        entityPrefix,
        entities: [ORDERS, ...gatehouseEntities({ tablePrefix })],
        migrations: [...gatehouseMigrations({ tablePrefix }), CreateOrders1764900000000],
        migrationsRun: true,
      });
      app = await createHost(dataSource, { secret: database.secret, mailer });
      await app.listen(0, '127.0.0.1');
      host = { url: await app.getUrl() };
      gatehouse = app.get(GatehouseService);
    });
    afterAll(() => app.close());

    const orders = () => dataSource.getRepository(ORDERS);
    const newOrder = (accountId: string): Order => ({ id: randomUUID(), accountId });

    it('serves every kind of route from tables with a prefix (S-184)', async () => {
      const owner = await newOwner(host);
      const users = [];
      for (let count = 0; count < 3; count++) users.push(await newUser(host, owner, 'standard'));
      const key = await newKey(host, owner);
      const get = (path: string, bearer = owner.bearer) => request(host, 'GET', path, { bearer });
      expect((await get('/oauth/me', key.apiKey)).body.account_id).toBe(owner.accountId);
      const page = await get('/api/v1/account/user?limit=2');
      const next = /<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
      const seen = [...page.body, ...(await get(next)).body].map(({ id }: { id: string }) => id);
      expect(seen.toSorted()).toEqual([owner.id, ...users.map(({ id }) => id)].toSorted());
      const role = { name: 'clerk', scopes: ['users:read'] };
      const made = await request(host, 'POST', '/api/v1/account/role', {
        bearer: owner.bearer,
        json: role,
      });
      expect(made.status).toBe(201);
      expect((await refresh(host, owner.tokens.refresh_token)).status).toBe(200);
      const taken = await request(host, 'POST', '/api/v1/account/user', {
        bearer: owner.bearer,
        json: {
          email_address: owner.email,
          first_name: 'A',
          surname: 'B',
          role: 'standard',
          password: owner.password,
        },
      });
      expect([taken.status, taken.body.code]).toEqual([409, 40901]);
    });

    it('delivers durable events and seals its audit trail in tables with a prefix (S-152, S-214)', async () => {
      const { GatehouseEvents } = await importBuilt('index.js');
      const { EventDelivery } = await importBuilt('outbox/event-delivery.entity.js');
      const greeted: string[] = [];
      const greet = ({ userId }: { userId: string }) => void greeted.push(userId);
      const stop = app.get(GatehouseEvents).on('user.created', greet, { durable: 'greeter' });
      onDispose(stop);
      const owner = await newOwner(host);
      const user = await newUser(host, owner, 'standard');
      await eventually(() => expect(greeted).toEqual([user.id]));
      await eventually(async () =>
        expect(await dataSource.getRepository(EventDelivery).count()).toBe(0),
      );
      const { items } = await gatehouse.listAuditRecords(owner.accountId);
      const listed = await request(host, 'GET', '/api/v1/account/audit', { bearer: owner.bearer });
      expect(listed.body.map(({ id }: { id: string }) => id)).toEqual(items.map(({ id }) => id));
      expect(items.map(({ event }) => event)).toEqual(expect.arrayContaining(['user.created']));
      await eventually(async () =>
        expect(await gatehouse.verifyAudit(owner.accountId)).toMatchObject({
          isIntact: true,
          sealed: items.length,
          waiting: 0,
        }),
      );
    });

    it('sends links that work once, and stores events for webhooks, in tables with a prefix (S-107, S-108)', async () => {
      const { WebhookDelivery } = await importBuilt('webhooks/webhook-delivery.entity.js');
      const owner = await newOwner(host);
      const post = (path: string, json: object, bearer?: string) =>
        request(host, 'POST', `/api/v1/account/${path}`, {
          json,
          ...(bearer === undefined ? {} : { bearer }),
        });
      const hook = { url: 'https://gatehouse.invalid/', events: ['*'] };
      const webhook = (await post('webhook', hook, owner.bearer)).body;
      const email_address = `${randomUUID()}@example.com`;
      const person = { email_address, first_name: 'Bob', surname: 'B', role: 'standard' };
      const user = (await post('user', person, owner.bearer)).body;
      const tokenIn = (kind: MailKind) =>
        eventually(() => {
          const letter = letters.find((each) => each.kind === kind && each.to === email_address);
          const [, token] = /token=([\w-]+)$/.exec(letter?.link ?? '') ?? [];
          if (token === undefined) throw new Error(`no letter ${kind} has come`);
          return token;
        });
      const { password } = owner;
      const invited = { token: await tokenIn('invitation'), password };
      expect((await post('invitation/accept', invited)).status).toBe(200);
      expect((await post('invitation/accept', invited)).body.code).toBe(40005);
      expect((await post('password_reset', { email_address })).status).toBe(202);
      const reset = { token: await tokenIn('password_reset'), new_password: `new ${password}` };
      const parallel = await Promise.all(
        Array.from({ length: 5 }, () => post('password_reset/confirm', reset)),
      );
      expect(parallel.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(parallel.filter(({ body }) => body.code === 40005)).toHaveLength(4);
      const { body: deliveries } = await request(
        host,
        'GET',
        `/api/v1/account/webhook/${webhook.id}/delivery`,
        { bearer: owner.bearer },
      );
      const ofUser = deliveries.filter(
        ({ payload }: { payload: { data: object } }) =>
          'user_id' in payload.data && payload.data.user_id === user.id,
      );
      expect(ofUser.map(({ event }: { event: string }) => event).toSorted()).toEqual([
        'invitation.accepted',
        'invitation.created',
        'password_reset.completed',
        'password_reset.requested',
        'user.created',
      ]);
      const json = { password };
      await request(host, 'DELETE', '/api/v1/account', { bearer: owner.bearer, json });
      await eventually(async () =>
        expect(
          await dataSource.getRepository(WebhookDelivery).countBy({ webhookId: webhook.id }),
        ).toBe(0),
      );
    });

    it('refers to an account from its own table', async () => {
      const owner = await newOwner(host);
      const order = newOrder(owner.accountId);
      await orders().insert(order);
      await expect(orders().insert(newOrder(randomUUID()))).rejects.toThrow(/foreign key/i);
      const json = { password: owner.password };
      const ended = await request(host, 'DELETE', '/api/v1/account', {
        bearer: owner.bearer,
        json,
      });
      expect(ended.status).toBe(204);
      expect(await orders().findOneBy({ id: order.id })).toBeNull();
    });

    it('calls GatehouseService in a transaction of its own, which stays its own (ADR 10)', async () => {
      const owner = await newOwner(host);
      const order = newOrder(owner.accountId);
      const person = { firstName: 'Bob', surname: 'B', role: 'standard' };
      const emailAddress = `${randomUUID()}@example.com`;
      const fault = new Error('the order is withdrawn');
      const placing = dataSource.transaction(async (manager) => {
        await manager.insert(ORDERS, order);
        await gatehouse.createUser(owner.accountId, { ...person, emailAddress });
        // A refusal of ours leaves the host's transaction usable.
        await expect(
          gatehouse.createUser(owner.accountId, { ...person, emailAddress: owner.email }),
        ).rejects.toMatchObject({ entry: { code: 40901 } });
        await manager.insert(ORDERS, newOrder(owner.accountId));
        throw fault;
      });
      await expect(placing).rejects.toBe(fault);
      expect(await orders().countBy({ accountId: owner.accountId })).toBe(0);
      const list = await request(host, 'GET', '/api/v1/account/user', { bearer: owner.bearer });
      // SQLite has one connection, so that there the user belongs to the host's transaction.
      expect(list.body).toHaveLength(target.database === 'sqlite' ? 1 : 2);
    });
  },
  { adapters: ['express'] },
);

describeTargets(
  'two hosts on one PostgreSQL database',
  (target) => {
    it('tell each other which sessions have ended (S-59)', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await importBuilt('index.js');
      const { CacheInvalidation } = await importBuilt('common/cache-invalidation.js');
      const database = await createTestDatabase(target.database);
      const startHost = async () => {
        const dataSource = await openHostDataSource(database, {
          entities: gatehouseEntities(),
          migrations: gatehouseMigrations(),
          migrationsRun: true,
        });
        const app = await createHost(dataSource, { secret: database.secret });
        onDispose(() => app.close());
        const heard: string[] = [];
        app
          .get(CacheInvalidation, { strict: false })
          .onInvalidation((rows = []) => heard.push(...rows));
        await app.listen(0, '127.0.0.1');
        return { url: await app.getUrl(), heard };
      };
      const one = await startHost();
      const other = await startHost();
      await eventually(async () => {
        // The first statement of such a connection is LISTEN.
        const listening = await database.query(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
           AND application_name = 'gatehouse-listener' AND state = 'idle' AND query <> ''`,
        );
        expect(listening).toHaveLength(2);
      });
      for (const [here, there] of [
        [one, other],
        [other, one],
      ] as const) {
        const { bearer, tokens, accountId } = await newOwner(here);
        const me = () => request(there, 'GET', '/oauth/me', { bearer });
        expect((await me()).status).toBe(200);
        const sessions = await liveSessionIds(database, accountId);
        expect(sessions).toHaveLength(1);
        expect((await revoke(here, tokens)).status).toBe(200);
        await eventually(() => expect(there.heard).toEqual(expect.arrayContaining(sessions)));
        expect((await me()).status).toBe(401);
      }
    });
  },
  { databases: ['postgres'], adapters: ['express'] },
);
