// Relations of a host's entities to Gatehouse's, and the host's `synchronize` beside our tables.
import { expect, it } from '@jest/globals';
import { EntitySchema, type DataSource, type DataSourceOptions } from 'typeorm';
import { importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { definitionsOf, tablesOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';
import { hostClasses, hostSchemas, type HostEntities } from './host-entities.js';
import { changesOf } from './pending-changes.js';

async function open(
  database: TestDatabase,
  options: Partial<DataSourceOptions>,
): Promise<DataSource> {
  const dataSource = await openHostDataSource(database, options);
  onDispose(() => dataSource.isInitialized && dataSource.destroy());
  return dataSource;
}

const KINDS = { classes: hostClasses, schemas: hostSchemas };

describeTargets(
  "a host's entities",
  (target) => {
    it.each([
      { kind: 'classes', tablePrefix: '', entityPrefix: '' },
      { kind: 'classes', tablePrefix: 'auth_', entityPrefix: 'shop_' },
      { kind: 'schemas', tablePrefix: '', entityPrefix: 'shop_' },
      { kind: 'schemas', tablePrefix: 'staff_', entityPrefix: '' },
    ] as const)(
      'refer to ours as $kind, with tablePrefix $tablePrefix and entityPrefix $entityPrefix, and synchronize leaves ours alone (S-209)',
      async ({ kind, tablePrefix, entityPrefix }) => {
        const { gatehouseEntities, gatehouseMigrations, User } = await importBuilt('index.js');
        const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
        const database = await createTestDatabase(target.database);
        const migrations = gatehouseMigrations({ tablePrefix });
        const migrated = await open(database, { entityPrefix, migrations, migrationsRun: true });
        await migrated.destroy();
        const before = await definitionsOf(database);

        const entities = await KINDS[kind]();
        const host = await open(database, {
          entityPrefix,
          // As autoLoadEntities does for `TypeOrmModule.forFeature([User])`.
          entities: [...Object.values(entities), ...gatehouseEntities({ tablePrefix }), User],
          migrations,
          migrationsRun: true,
          synchronize: true,
        });
        await adoptDataSource(host);
        expect(await changesOf(host)).toEqual([]);
        await expectRelations(host, entities);
        await host.synchronize();
        const added = ['customers', 'orders', 'teams', 'teams_members'];
        expect(await tablesOf(database)).toEqual(
          expect.arrayContaining(added.slice(0, 3).map((name) => entityPrefix + name)),
        );
        await host.destroy();
        const own = (lines: string[]) => lines.filter((line) => before.includes(line));
        expect(own(await definitionsOf(database))).toEqual(before);
      },
    );

    it('refer to ours with two prefixes in one process and one database', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await importBuilt('index.js');
      const database = await createTestDatabase(target.database);
      const entities = await hostClasses();
      const hosts = await Promise.all(
        ['staff_', ''].map((tablePrefix) =>
          open(database, {
            entityPrefix: tablePrefix === '' ? 'customer_' : '',
            entities: [...Object.values(entities), ...gatehouseEntities({ tablePrefix })],
            migrations: gatehouseMigrations({ tablePrefix }),
          }),
        ),
      );
      for (const host of hosts) {
        await host.runMigrations();
        await host.synchronize();
        expect(await changesOf(host)).toEqual([]);
        await expectRelations(host, entities);
      }
    });

    it('are made with ours from nothing by migrationsRun, synchronize and dropSchema together', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await importBuilt('index.js');
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const database = await createTestDatabase(target.database);
      const entities = await hostClasses();
      for (let start = 0; start < 2; start++) {
        const host = await open(database, {
          entities: [...Object.values(entities), ...gatehouseEntities()],
          migrations: gatehouseMigrations(),
          dropSchema: true,
          migrationsRun: true,
          synchronize: true,
        });
        await adoptDataSource(host);
        // Deleted by the next start.
        await expectRelations(host, entities, { keeps: true });
        await host.destroy();
      }
    });

    it('stop the start with what mends it, where synchronize changed a table of ours (S-209)', async () => {
      const { gatehouseEntities, gatehouseMigrations, User } = await importBuilt('index.js');
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const database = await createTestDatabase(target.database);
      const entities = await hostClasses();
      const host = await open(database, {
        entities: [...Object.values(entities), ...gatehouseEntities()],
        migrations: gatehouseMigrations(),
        migrationsRun: true,
        synchronize: true,
      });
      await adoptDataSource(host);
      await expectRelations(host, entities, { keeps: true });
      const expectRefusal = async (fault: RegExp) => {
        const refusal = await adoptDataSource(host).then(
          () => 'started',
          (error: unknown) => (error as Error).message,
        );
        expect(refusal).toMatch(fault);
        expect(refusal).not.toContain('\n');
        const [, mending = ''] = refusal.split('uses the table: ');
        for (const statement of mending.split('; ')) await host.query(statement);
      };
      for (const [harm, fault] of HARMS[target.database]) {
        await database.query(harm);
        await expectRefusal(fault);
        await adoptDataSource(host);
      }

      const { columns } = host.getMetadata(User);
      const other = new EntitySchema({
        name: 'Person',
        tableName: 'users',
        columns: Object.fromEntries(
          columns.map(({ databaseName, type, length, isPrimary, isNullable }) => [
            databaseName,
            {
              type,
              length,
              // Without one, TypeORM asks PostgreSQL for the collation "undefined".
              ...(target.database === 'postgres' && length !== '' && { collation: 'C' }),
              primary: isPrimary,
              nullable: isNullable,
            },
          ]),
        ),
      });
      await (await open(database, { entities: [other], synchronize: true })).destroy();
      await expectRefusal(NO_KEY[1]);
      const refer = () => host.manager.count(entities.Customer);
      const before = await refer();
      await expectRefusal(NO_REFERENCE);
      await adoptDataSource(host);
      expect([before, await refer()]).toEqual([1, 1]);
    });
  },
  { adapters: ['fastify'] },
);

const NO_KEY = [
  'DROP INDEX users_canonical_email',
  /^users has no unique key on canonical_email/,
] as const;

const NO_REFERENCE = /^users has no foreign key on account_id to accounts with ON DELETE CASCADE/;

const HARMS = {
  sqlite: [NO_KEY],
  mariadb: [
    ['DROP INDEX users_canonical_email ON users', NO_KEY[1]],
    ['ALTER TABLE users DROP FOREIGN KEY users_account_id_fk', NO_REFERENCE],
    [
      'ALTER TABLE users MODIFY canonical_email varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL',
      /^users\.canonical_email does not compare text byte by byte/,
    ],
    [
      'ALTER TABLE users MODIFY last_sign_in_at int NULL',
      /^users\.last_sign_in_at is int, .*MODIFY `last_sign_in_at` bigint$/,
    ],
  ],
  postgres: [
    NO_KEY,
    ['ALTER TABLE users DROP CONSTRAINT users_account_id_fk', NO_REFERENCE],
    [
      'ALTER TABLE users ALTER canonical_email TYPE varchar(254) COLLATE "default"',
      /^users\.canonical_email does not compare text byte by byte/,
    ],
    ['ALTER TABLE users ALTER last_sign_in_at TYPE int', /^users\.last_sign_in_at is integer, /],
  ],
} as const;

/** Writes and reads rows over each relation, and deletes them with the user unless told not to. */
async function expectRelations(
  { manager }: DataSource,
  { Order, Customer, Team }: HostEntities,
  { keeps = false } = {},
): Promise<void> {
  const { User, Account } = await importBuilt('index.js');
  const created = { createdAt: 1, modifiedAt: 1, isActive: true, isVerified: false };
  await manager.insert(Account, {
    id: 'account',
    name: 'A',
    country: 'DEU',
    planId: null,
    ...created,
  });
  await manager.insert(User, {
    id: 'user',
    accountId: 'account',
    emailAddress: 'A@example.com',
    canonicalEmail: 'a@example.com',
    firstName: 'A',
    surname: 'B',
    passwordHash: null,
    role: 'owner',
    lastSignInAt: null,
    ...created,
  });
  const [user, account] = [{ id: 'user' }, { id: 'account' }];
  await manager.save(Customer, { userId: 'user', phone: '1' });
  await manager.save(Order, { id: 1, userId: 'user', account, customer: { userId: 'user' } });
  await manager.save(Team, { id: 1, members: [user] });

  expect(
    await manager.find(Order, {
      relations: { user: true, account: true, customer: true, role: true } as object,
    }),
  ).toMatchObject([{ user, account: { name: 'A' }, customer: { phone: '1' }, role: null }]);
  expect(
    await manager.find(Customer, { relations: { user: { account: true } } as object }),
  ).toMatchObject([{ user: { emailAddress: 'A@example.com', account: { name: 'A' } } }]);
  expect(await manager.find(Team, { relations: { members: true } as object })).toMatchObject([
    { members: [user] },
  ]);
  const joined = manager
    .createQueryBuilder(Order, 'o')
    .leftJoinAndSelect('o.user', 'u')
    .where('u.canonicalEmail = :email', { email: 'a@example.com' });
  expect(await joined.getMany()).toMatchObject([{ id: 1, user: { surname: 'B' } }]);

  if (keeps) return;
  await manager.delete(Account, { id: 'account' });
  expect(await manager.find(Order)).toEqual([]);
  expect(await manager.find(Customer)).toEqual([]);
  expect(await manager.find(Team, { relations: { members: true } as object })).toMatchObject([
    { members: [] },
  ]);
  await manager.delete(Team, { id: 1 });
}
