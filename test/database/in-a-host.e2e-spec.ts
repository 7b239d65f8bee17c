// Gatehouse's tables in a host's database: beside the host's own, with a prefix, and twice.
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  Column,
  Entity,
  EntitySchema,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  Table,
  type DataSource,
  type DataSourceOptions,
  type QueryRunner,
} from 'typeorm';
import { dataSourceOf } from '../../src/database/data-source-of.js';
import { importBuilt } from '../support/built.js';
import {
  createTestDatabase,
  openTestDatabase,
  type DatabaseKind,
  type TestDatabase,
} from '../support/database.js';
import { onDispose } from '../support/cleanup.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { definitionsOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';
import { changesOf, pendingChanges } from './pending-changes.js';

/** An entity of the host with the class name and the table name of one of Gatehouse's. */
const HostUser = new EntitySchema({
  name: 'User',
  tableName: 'users',
  columns: { id: { type: Number, primary: true }, nickname: { type: String, length: 50 } },
});

type EntityClass = new () => object;

/** An entity of the host that refers to a user. */
function noteOn(User: EntityClass, kind: DatabaseKind): EntityClass {
  // A foreign key must have the character set and collation of what it refers to; PostgreSQL needs only the type.
  const characters = kind === 'mariadb' ? { charset: 'ascii', collation: 'ascii_bin' } : {};

  @Entity('notes')
  class Note {
    @PrimaryColumn()
    id!: number;

    @Column({ name: 'author_id', type: 'varchar', length: 36, ...characters })
    authorId!: string;

    @ManyToOne(() => User)
    @JoinColumn({ name: 'author_id' })
    author?: object;
  }
  return Note;
}

class CreateNotes1764900000000 {
  async up(runner: QueryRunner): Promise<void> {
    const { gatehouseIdColumn } = await forHosts();
    await runner.createTable(
      new Table({
        name: 'notes',
        columns: [
          { name: 'id', type: integerOf(runner), isPrimary: true },
          gatehouseIdColumn(runner, 'author_id'),
        ],
        foreignKeys: [
          {
            columnNames: ['author_id'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            // MariaDB calls it by another name if it is left out.
            onDelete: 'NO ACTION',
            onUpdate: 'NO ACTION',
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('notes');
  }
}

function integerOf(runner: QueryRunner): string {
  return dataSourceOf(runner).driver.normalizeType({ type: Number });
}

class CreateHostUsers1700000000000 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE users (id integer NOT NULL PRIMARY KEY, nickname varchar(50) NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE users');
  }
}

const forHosts = () => importBuilt('database/for-hosts.js');

async function open(
  database: TestDatabase,
  options: Partial<DataSourceOptions>,
): Promise<DataSource> {
  const dataSource = await openHostDataSource(database, options);
  onDispose(() => dataSource.destroy());
  return dataSource;
}

const tablesOf = async (dataSource: DataSource, ...names: string[]): Promise<boolean[]> => {
  const runner = dataSource.createQueryRunner();
  const found: boolean[] = [];
  for (const name of names) found.push(await runner.hasTable(name));
  await runner.release();
  return found;
};

describeTargets(
  "Gatehouse's tables in a host's database",
  (target) => {
    it("are created beside the host's own migrations, as the entities describe them (S-157)", async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const dataSource = await open(await createTestDatabase(target.database), {
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
      });
      const applied = await dataSource.runMigrations();
      expect(applied.map(({ name }) => name)).toEqual([
        'GatehouseCreateAccountsUsersRefreshTokens1764000000000',
        'GatehouseCreateRolesApiKeys1764100000000',
        'GatehouseRecordKeys1764300000000',
        'GatehouseAddAccessGeneration1764400000000',
        'GatehouseRecordSignInNetworks1764500000000',
        'GatehouseCreateEventDeliveries1764600000000',
        'GatehouseCreateAudit1764700000000',
        'GatehouseIndexEndsOfSessions1764800000000',
        'GatehouseCreateOneTimeLinks1764900000000',
        'GatehouseCreateWebhooks1765000000000',
      ]);
      expect(await pendingChanges(dataSource)).toEqual([]);
      expect(await dataSource.runMigrations()).toEqual([]);
    });

    it('can have a prefix beside a table and an entity of the same name', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const tablePrefix = 'auth_';
      const dataSource = await open(await createTestDatabase(target.database), {
        entities: [HostUser, ...gatehouseEntities({ tablePrefix })],
        migrations: [CreateHostUsers1700000000000, ...gatehouseMigrations({ tablePrefix })],
      });
      await dataSource.runMigrations();
      expect(await pendingChanges(dataSource)).toEqual([]);
      const sessions = dataSource.entityMetadatas.find(
        ({ tableName }) => tableName === 'auth_refresh_tokens',
      );
      const referred = sessions?.foreignKeys.map(({ referencedTablePath }) => referencedTablePath);
      expect(referred?.toSorted()).toEqual(['auth_accounts', 'auth_api_keys', 'auth_users']);

      for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
      expect(await tablesOf(dataSource, 'users', 'auth_users', 'auth_roles')).toEqual([
        false,
        false,
        false,
      ]);
    });

    it('can exist twice in one database, with two prefixes', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const database = await createTestDatabase(target.database);
      for (const tablePrefix of ['staff_', '']) {
        const dataSource = await open(database, {
          entities: gatehouseEntities({ tablePrefix }),
          migrations: gatehouseMigrations({ tablePrefix }),
        });
        expect(await dataSource.runMigrations()).toHaveLength(gatehouseMigrations().length);
        expect(await pendingChanges(dataSource)).toEqual([]);
      }
    });

    it.each([
      { entityPrefix: 'shop_', tablePrefix: '' },
      // The longest that every engine takes, in upper case, which PostgreSQL folds unless it is quoted.
      { entityPrefix: 'E'.repeat(17), tablePrefix: 'P'.repeat(17) },
    ])("follow the host's own entityPrefix: $entityPrefix$tablePrefix", async (names) => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const { entityPrefix, tablePrefix } = names;
      const dataSource = await open(await createTestDatabase(target.database), {
        entityPrefix,
        entities: gatehouseEntities({ tablePrefix }),
        migrations: gatehouseMigrations({ tablePrefix }),
      });
      await dataSource.runMigrations();
      await adoptDataSource(dataSource);
      const expected = `${entityPrefix}${tablePrefix}users`;
      expect(await tablesOf(dataSource, expected, 'users')).toEqual([true, false]);
      expect(await pendingChanges(dataSource)).toEqual([]);
      for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
      expect(await tablesOf(dataSource, expected)).toEqual([false]);
    });

    it('are refused with prefixes that are too long together, before a name is cut', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const tablePrefix = 'p'.repeat(20);
      const dataSource = await open(await createTestDatabase(target.database), {
        entityPrefix: 'e'.repeat(28),
        entities: gatehouseEntities({ tablePrefix }),
        migrations: gatehouseMigrations({ tablePrefix }),
      });
      await expect(dataSource.runMigrations()).rejects.toThrow('at most 34 bytes together');
    });

    it.each(['', 'auth_'])(
      "are left alone by the host's synchronize and generated migrations, with the prefix %j (S-209)",
      async (tablePrefix) => {
        const { gatehouseEntities, gatehouseMigrations } = await forHosts();
        const database = await createTestDatabase(target.database);
        const migrated = await open(database, {
          entities: gatehouseEntities({ tablePrefix }),
          migrations: gatehouseMigrations({ tablePrefix }),
        });
        await migrated.runMigrations();
        // Something that synchronize would drop.
        await database.query(`ALTER TABLE ${tablePrefix}users ADD COLUMN note varchar(10)`);
        expect(await pendingChanges(migrated)).not.toEqual([]);
        const before = await definitionsOf(database);

        const { User } = await importBuilt('index.js');
        // An entity of the host cannot refer to one that has a prefix.
        const own = tablePrefix === '' ? [noteOn(User, target.database)] : [];
        const entities = [...own, ...gatehouseEntities({ tablePrefix })];
        const planned = await changesOf(await open(database, { entities }));
        expect(planned.length > 0).toBe(own.length > 0);
        expect(planned.filter((sql) => !sql.includes('notes'))).toEqual([]);
        const synchronized = await open(database, { entities, synchronize: true });
        expect(await changesOf(synchronized)).toEqual([]);
        await database.query('DROP TABLE IF EXISTS notes');
        expect(await definitionsOf(database)).toEqual(before);
      },
    );

    it("fit a host's entity that refers to them, in the table of its migration", async () => {
      const { gatehouseEntities, gatehouseMigrations, User } = await importBuilt('index.js');
      const dataSource = await open(await createTestDatabase(target.database), {
        entities: [noteOn(User, target.database), ...gatehouseEntities()],
        migrations: [...gatehouseMigrations(), CreateNotes1764900000000],
        migrationsRun: true,
      });
      expect(await changesOf(dataSource)).toEqual([]);
    });

    it('are not made by synchronize: the start asks for the migrations (S-209)', async () => {
      const { gatehouseEntities } = await forHosts();
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const dataSource = await open(await createTestDatabase(target.database), {
        entities: gatehouseEntities(),
        synchronize: true,
      });
      await expect(adoptDataSource(dataSource)).rejects.toThrow(
        /accounts is missing: add \.\.\.gatehouseMigrations/,
      );
    });
  },
  { adapters: ['fastify'] },
);

describeTargets(
  "Gatehouse's tables in a host's PostgreSQL",
  () => {
    it("are in the schema of the host's DataSource, beside another Gatehouse in the same database", async () => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const database = await createTestDatabase('postgres');
      await database.query('CREATE SCHEMA "Tenant"');
      for (const schema of ['Tenant', 'public']) {
        const dataSource = await open(database, {
          schema,
          entities: gatehouseEntities(),
          migrations: gatehouseMigrations(),
        });
        expect(await dataSource.runMigrations()).toHaveLength(gatehouseMigrations().length);
        expect(await pendingChanges(dataSource)).toEqual([]);
        await adoptDataSource(dataSource);
        expect(await tablesOf(dataSource, `${schema}.users`)).toEqual([true]);
      }
      const tables = await database.query(
        "SELECT schemaname AS name, count(*) AS count FROM pg_tables WHERE tablename NOT LIKE '%migrations' AND schemaname IN ('Tenant', 'public') GROUP BY 1 ORDER BY 1",
      );
      expect(tables).toEqual([
        { name: 'Tenant', count: 17 },
        { name: 'public', count: 17 },
      ]);
    });

    it.each(['LATIN1', 'SQL_ASCII'])(
      'are refused in a database whose encoding is %s (S-205)',
      async (encoding) => {
        const { gatehouseEntities, gatehouseMigrations } = await forHosts();
        const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
        const database = await createTestDatabase('postgres');
        const name = `${new URL(database.url).pathname.slice(1)}_other`;
        await database.query(
          `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
        );
        onDispose(() => database.query(`DROP DATABASE ${name} WITH (FORCE)`));
        const other = Object.assign(new URL(database.url), { pathname: name }).href;
        const dataSource = await open(openTestDatabase('postgres', other), {
          entities: gatehouseEntities(),
          migrations: gatehouseMigrations(),
        });
        await expect(adoptDataSource(dataSource)).rejects.toThrow(
          `a database with ENCODING 'UTF8' (CREATE DATABASE … TEMPLATE template0), its own is ${encoding}`,
        );
      },
    );

    it.each(['BOOL', 'INT4'] as const)(
      "are refused where the host has replaced pg's parser of %s (S-205)",
      async (name) => {
        const { gatehouseEntities } = await forHosts();
        const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
        const { builtins, getTypeParser } = pg.types;
        const asText = (oid: Parameters<typeof getTypeParser>[0], format: 'text') =>
          oid === builtins[name] ? String : getTypeParser(oid, format);
        const dataSource = await open(await createTestDatabase('postgres'), {
          entities: gatehouseEntities(),
          extra: { types: { getTypeParser: asText } },
        });
        await expect(adoptDataSource(dataSource)).rejects.toThrow(
          'leave the type parsers of pg for bool and int4 as they are',
        );
      },
    );
  },
  { databases: ['postgres'], adapters: ['fastify'] },
);

describe('a table prefix', () => {
  it.each(['9', 'a-b', 'a b', 'x'.repeat(21), "'", 'ä', '`'])(
    'cannot be %j',
    async (tablePrefix) => {
      const { gatehouseEntities, gatehouseMigrations } = await forHosts();
      expect(() => gatehouseEntities({ tablePrefix })).toThrow('tablePrefix must be');
      expect(() => gatehouseMigrations({ tablePrefix })).toThrow('tablePrefix must be');
    },
  );
});
