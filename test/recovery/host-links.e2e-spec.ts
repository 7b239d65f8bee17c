// One-time links that a host's code makes, for letters of its own.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { createHash, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { GatehouseEvent } from '../../src/events/gatehouse-event.js';
import type { GatehouseService } from '../../src/gatehouse.service.js';
import type { User } from '../../src/users/user.entity.js';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { eventually } from '../support/patience.js';
import { describeTargets } from '../support/targets.js';

const PASSWORD = 'seven pale moons over a harbour';
const PAGE = 'https://app.example.com/auth/link';
const coded = (code: number) => ({ entry: { code } });

describeTargets(
  "one-time links from a host's code",
  (target) => {
    let app: INestApplication;
    let database: TestDatabase;
    let dataSource: DataSource;
    let gatehouse: GatehouseService;
    let heard: GatehouseEvent[];
    let owner: User;

    beforeAll(async () => {
      const built = await importBuilt('index.js');
      database = await createTestDatabase(target.database);
      dataSource = await openHostDataSource(database, {
        entities: built.gatehouseEntities(),
        migrations: built.gatehouseMigrations(),
        migrationsRun: true,
        ...(target.database === 'postgres' && { parseInt8: true }),
      });

      @Module({
        imports: [
          TypeOrmModule.forRootAsync({
            useFactory: () => dataSource.options,
            dataSourceFactory: () => Promise.resolve(dataSource),
          }),
          built.GatehouseModule.forRoot({
            secret: database.secret,
            publicUrl: 'https://app.example.com',
            routePrefix: '/auth/',
            password: { bcryptCost: 10 },
          }),
        ],
      })
      class Host {}
      app = await NestFactory.create(Host, { logger: false, abortOnError: false });
      await app.init();
      gatehouse = app.get(built.GatehouseService);
      app.get(built.GatehouseEvents).on('one_time_link.shown', (event: GatehouseEvent) => {
        heard.push(event);
      });
    });
    afterAll(() => app.close());

    beforeEach(async () => {
      heard = [];
      const person = { ...newPerson(), password: PASSWORD };
      owner = (await gatehouse.createAccount({ name: 'Works', country: 'GBR', owner: person }))
        .owner;
    });

    const newPerson = () => ({
      emailAddress: `${randomUUID()}@example.com`,
      firstName: 'Ada',
      surname: 'L',
    });
    const newUser = (password?: string) =>
      gatehouse.createUser(owner.accountId, {
        ...newPerson(),
        role: 'standard',
        ...(password !== undefined && { password }),
      });
    const linksOf = ({ id }: User) =>
      database.query('SELECT * FROM one_time_links WHERE user_id = ?', [id]);
    const auditOf = ({ id }: User) =>
      database.query('SELECT actor_type FROM audit_records WHERE target_id = ? AND event = ?', [
        id,
        'one_time_link.shown',
      ]);

    it('begin with the public address and the prefix, are stored as digests and audited (S-107, S-111, S-148)', async () => {
      const user = await newUser();
      const invitation = await gatehouse.createInvitationLink(user.id);
      const reset = await gatehouse.createPasswordResetLink(owner.id);
      for (const [{ url, token, expiresAt }, purpose, days, holder] of [
        [invitation, 'invitation', 7, user],
        [reset, 'reset', 1 / 24, owner],
      ] as const) {
        expect(token).toMatch(/^[\w-]{64}$/);
        expect(url).toBe(`${PAGE}/${purpose}?token=${token}`);
        const [link, ...others] = await linksOf(holder);
        expect(others).toEqual([]);
        expect(link).toMatchObject({
          purpose,
          address: holder.emailAddress,
          role: holder.role,
          digest: createHash('sha256').update(token).digest('hex'),
          created_by: 'application',
          created_by_type: 'application',
        });
        expect(Number(link?.expires_at)).toBe(expiresAt);
        expect(expiresAt - Number(link?.created_at)).toBe(days * 86_400_000);
        expect(await auditOf(holder)).toEqual([{ actor_type: 'application' }]);
      }
      await eventually(() =>
        expect(heard.map((event) => 'userId' in event && event.userId)).toEqual([
          user.id,
          owner.id,
        ]),
      );
    });

    it('are part of a transaction of the host, and gone with it (S-152)', async () => {
      const withdrawn = dataSource.transaction(async (manager) => {
        await gatehouse.createPasswordResetLink(owner.id, { manager });
        throw new Error('the host withdraws');
      });
      await expect(withdrawn).rejects.toThrow('the host withdraws');
      expect([await linksOf(owner), await auditOf(owner)]).toEqual([[], []]);

      // A user whom nobody else can see yet.
      const invited = await dataSource.transaction(async (manager) => {
        const user = await gatehouse.createUser(
          owner.accountId,
          { ...newPerson(), role: 'standard' },
          { manager },
        );
        await gatehouse.createInvitationLink(user.id, { manager });
        return user;
      });
      expect(await linksOf(invited)).toHaveLength(1);
      expect(await auditOf(invited)).toHaveLength(1);
    });

    it('are refused where nobody could use them', async () => {
      const user = await newUser(PASSWORD);
      await expect(gatehouse.createPasswordResetLink('nobody')).rejects.toMatchObject(coded(40410));
      await expect(gatehouse.createInvitationLink('nobody')).rejects.toMatchObject(coded(40410));
      await expect(gatehouse.createInvitationLink(user.id)).rejects.toMatchObject(coded(40901));
      await gatehouse.changeUser(owner.accountId, user.id, { isActive: false });
      await expect(gatehouse.createPasswordResetLink(user.id)).rejects.toMatchObject(coded(40102));
      await database.query('UPDATE accounts SET is_active = FALSE WHERE id = ?', [owner.accountId]);
      await expect(gatehouse.createPasswordResetLink(owner.id)).rejects.toMatchObject(coded(40102));
      expect([...(await linksOf(user)), ...(await linksOf(owner))]).toEqual([]);
    });
  },
  { adapters: ['fastify'] },
);
