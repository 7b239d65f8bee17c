// GatehouseService within transactions of a host, and what follows their ends.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { GatehouseEvent } from '../../src/events/gatehouse-event.js';
import type { GatehouseService } from '../../src/gatehouse.service.js';
import type { User } from '../../src/users/user.entity.js';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { request } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { describeTargets } from '../support/targets.js';

const QUIET = { warn: () => undefined, error: () => undefined };
const WITHDRAWN = new Error('the host withdraws');
const coded = (code: number) => ({ entry: { code } });

describeTargets(
  "GatehouseService in a host's transaction",
  (target) => {
    let app: INestApplication;
    let database: TestDatabase;
    let dataSource: DataSource;
    let gatehouse: GatehouseService;
    let Users: typeof User;
    let host: { url: string };
    let accountId: string;
    let owner: User;
    let heard: GatehouseEvent[];
    const audited: string[] = [];

    beforeAll(async () => {
      const built = await importBuilt('index.js');
      Users = built.User;
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
            password: { bcryptCost: 10 },
            session: { max: 5 },
            apiKey: { maxPerAccount: 25 },
          }),
        ],
      })
      class Host {}
      app = await NestFactory.create(Host, {
        logger: { ...QUIET, log: (line: unknown) => void audited.push(String(line)) },
        abortOnError: false,
      });
      await app.listen(0, '127.0.0.1');
      host = { url: await app.getUrl() };
      gatehouse = app.get(built.GatehouseService);
      const events = app.get(built.GatehouseEvents);
      for (const name of [
        'account.created',
        'user.created',
        'user.changed',
        'user.deleted',
        'user.signed_in',
        'password.changed',
        'api_key.created',
        'api_key.revoked',
        'session.revoked',
      ] as const) {
        events.on(name, (event) => void heard.push(event));
      }
    });
    afterAll(() => app.close());

    beforeEach(async () => {
      heard = [];
      const opened = await gatehouse.createAccount(account());
      accountId = opened.account.id;
      owner = opened.owner;
      await hear('account.created');
    });

    /** Waits for an event of the account, and forgets all so far. */
    async function hear(name: GatehouseEvent['name'], count = 1): Promise<void> {
      await eventually(() => {
        const matching = heard.filter(
          (event) => event.accountId === accountId && event.name === name,
        );
        expect(matching).toHaveLength(count);
      });
      heard = [];
    }

    const address = () => `${randomUUID()}@example.com`;
    const person = () => ({ emailAddress: address(), firstName: 'Ada', surname: 'L' });
    const account = () => ({ name: 'Works', country: 'GBR', owner: person() });
    const addUser = (manager?: EntityManager, emailAddress = address()) =>
      gatehouse.createUser(
        accountId,
        { ...person(), emailAddress, role: 'standard' },
        manager && { manager },
      );
    const names = () => heard.map(({ name }) => name);
    const usersOf = async () =>
      (await gatehouse.listUsers(accountId)).items.map(({ id }) => id).toSorted();
    /** The ids of what the audit trail has of an account: those of its events. */
    const actsOf = async (id: string) =>
      (await gatehouse.listAuditRecords(id)).items.map((act) => act.id).toSorted();
    const signIn = (emailAddress: string, password: string) =>
      request(host, 'POST', '/oauth/token?grant_type=password', {
        basic: [emailAddress, password],
      });
    /** Listeners run in the background: an event that was published wrongly would have come by then. */
    const settled = () => sleep(50);

    it('commits with the host, and publishes only then (S-173)', async () => {
      const made = await dataSource.transaction(async (manager) => {
        const within = { manager };
        const { account: opened, owner: first } = await gatehouse.createAccount(account(), within);
        const bob = await gatehouse.createUser(
          opened.id,
          { ...person(), role: 'standard', password: 'correct horse battery' },
          within,
        );
        await gatehouse.changeUser(opened.id, bob.id, { firstName: 'Bob' }, within);
        const session = await gatehouse.createSession(bob.id, {}, within);
        const key = await gatehouse.createApiKey(
          opened.id,
          { name: 'k', role: 'send_only' },
          within,
        );
        await gatehouse.revokeApiKey(opened.id, key.apiKey.id, within);
        await gatehouse.createSession(first.id, {}, within);
        await gatehouse.endSessions(first.id, within);
        const password = 'a battery of horses';
        await gatehouse.setPassword(opened.id, first.id, { password }, within);
        const gone = await gatehouse.createUser(
          opened.id,
          { ...person(), role: 'standard' },
          within,
        );
        await gatehouse.deleteUser(opened.id, gone.id, within);
        await settled();
        expect(heard).toEqual([]);
        return { opened, bob, session };
      });
      await eventually(() =>
        expect(names()).toEqual([
          'account.created',
          'user.created',
          'user.changed',
          'user.signed_in',
          'api_key.created',
          'api_key.revoked',
          'user.signed_in',
          'session.revoked',
          'password.changed',
          'user.created',
          'user.deleted',
        ]),
      );
      const { opened, bob, session } = made;
      expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
      for (const { accountId: of, actorType, name } of heard) {
        expect([of, actorType]).toEqual([
          opened.id,
          name === 'user.signed_in' ? 'user' : 'application',
        ]);
      }
      expect(await actsOf(opened.id)).toEqual(heard.map(({ id }) => id).toSorted());
      await eventually(async () =>
        expect(await gatehouse.verifyAudit(opened.id)).toMatchObject({
          isIntact: true,
          sealed: heard.length,
          waiting: 0,
        }),
      );
      const principal = await gatehouse.authenticate(`Bearer ${session.accessToken}`, '');
      expect(principal.id).toBe(bob.id);
    });

    it('leaves nothing after a rollback: no row, no event, no act in the audit trail (S-152)', async () => {
      const before = await usersOf();
      const acts = await actsOf(accountId);
      const rolledBack = dataSource.transaction(async (manager) => {
        await addUser(manager);
        await gatehouse.changeUser(accountId, owner.id, { firstName: 'X' }, { manager });
        throw WITHDRAWN;
      });
      await expect(rolledBack).rejects.toBe(WITHDRAWN);
      await settled();
      expect(heard).toEqual([]);
      expect(await usersOf()).toEqual(before);
      expect(await actsOf(accountId)).toEqual(acts);
      expect((await gatehouse.getUser(accountId, owner.id)).firstName).toBe('Ada');
    });

    it('ends as the host says while a use of a key is noted in the background (S-88)', async () => {
      const ends = Array.from({ length: 24 }, (_, ticks) => ({ ticks, commits: ticks % 2 === 0 }));
      for (const { ticks, commits } of ends) {
        // Only the first use of a key within an hour is noted.
        const { key, secret } = await gatehouse.createApiKey(accountId, {
          name: 'k',
          role: 'send_only',
        });
        const firstName = `Ada${ticks}`;
        const ended = dataSource.transaction(async (manager) => {
          await manager.update(Users, { id: owner.id }, { firstName });
          await gatehouse.authenticate(`Bearer ${key}.${secret}`, '127.0.0.1');
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          if (!commits) throw WITHDRAWN;
        });
        if (commits) await ended;
        else await expect(ended).rejects.toBe(WITHDRAWN);
        const kept = (await gatehouse.getUser(accountId, owner.id)).firstName === firstName;
        expect({ ticks, kept }).toEqual({ ticks, kept: commits });
      }
    });

    it('follows savepoints of the host: only what was kept is published', async () => {
      const kept: string[] = [];
      await dataSource.transaction(async (manager) => {
        kept.push((await addUser(manager)).id);
        const inner = manager.transaction(async (nested) => {
          await addUser(nested);
          await nested.transaction(async (deeper) => void (await addUser(deeper)));
          throw WITHDRAWN;
        });
        await expect(inner).rejects.toBe(WITHDRAWN);
        await manager.transaction(async (nested) => {
          kept.push((await addUser(nested)).id);
          await nested.transaction(async (deeper) => void kept.push((await addUser(deeper)).id));
        });
        expect(heard).toEqual([]);
      });
      await eventually(() => expect(names()).toEqual(Array(3).fill('user.created')));
      expect(await usersOf()).toEqual([owner.id, ...kept].toSorted());
    });

    it('leaves the transaction usable after a refusal (40901, 40303, 40410)', async () => {
      const user = await dataSource.transaction(async (manager) => {
        await expect(addUser(manager, owner.emailAddress)).rejects.toMatchObject(coded(40901));
        const within = { manager };
        const deletion = gatehouse.deleteUser(accountId, owner.id, within);
        await expect(deletion).rejects.toMatchObject(coded(40303));
        const unknown = gatehouse.endSessions(randomUUID(), within);
        await expect(unknown).rejects.toMatchObject(coded(40410));
        return addUser(manager);
      });
      expect(await usersOf()).toEqual([owner.id, user.id].toSorted());
      await eventually(() => expect(names()).toEqual(['user.created']));
    });

    it('writes the row of a refusal after the transaction, also when that is rolled back (S-152)', async () => {
      const acts = async () =>
        (await gatehouse.listAuditRecords(accountId)).items.map(({ event }) => event);
      // More than the pool has connections.
      const undone = Array.from({ length: 12 }, () =>
        dataSource.transaction(async (manager) => {
          await expect(addUser(manager, owner.emailAddress)).rejects.toMatchObject(coded(40901));
          throw new Error('undone');
        }),
      );
      for (const each of undone) await expect(each).rejects.toThrow('undone');
      await eventually(async () => expect(await acts()).toContain('user.refused'));
    });

    it('takes calls that are not awaited one after another', async () => {
      const emailAddress = address();
      const results = await dataSource.transaction((manager) =>
        Promise.allSettled([
          addUser(manager),
          addUser(manager, owner.emailAddress),
          addUser(manager, emailAddress),
          addUser(manager, emailAddress),
        ]),
      );
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
      ]);
      expect(await usersOf()).toHaveLength(3);
    });

    it('keeps parallel transactions apart', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, (_, index) =>
          dataSource.transaction(async (manager) => {
            await addUser(manager);
            if (index % 2 === 0) throw WITHDRAWN;
          }),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      await eventually(() => expect(names()).toEqual(Array(3).fill('user.created')));
      expect(await usersOf()).toHaveLength(4);
    });

    it('works with a query runner, whatever code began its transaction', async () => {
      const begin = async (): Promise<QueryRunner> => {
        const runner = dataSource.createQueryRunner();
        await runner.connect();
        await runner.startTransaction();
        return runner;
      };
      for (const end of ['rollbackTransaction', 'commitTransaction'] as const) {
        const runner = await begin();
        await addUser(runner.manager);
        await settled();
        expect(heard).toEqual([]);
        await runner[end]();
        await runner.release();
      }
      await eventually(() => expect(names()).toEqual(['user.created']));
      expect(await usersOf()).toHaveLength(2);
    });

    it('refuses a manager without a transaction', async () => {
      await expect(addUser(dataSource.manager)).rejects.toThrow(/no open transaction/);
      const runner = dataSource.createQueryRunner();
      await expect(addUser(runner.manager)).rejects.toThrow(/no open transaction/);
      await runner.startTransaction();
      await runner.rollbackTransaction();
      await expect(addUser(runner.manager)).rejects.toThrow(/no open transaction/);
      await runner.release();
      expect(await usersOf()).toEqual([owner.id]);
    });

    it('ends sessions at the commit, and not before (S-53)', async () => {
      const { accessToken } = await gatehouse.createSession(owner.id);
      const credential = `Bearer ${accessToken}`;
      await gatehouse.authenticate(credential, '');
      const rolledBack = dataSource.transaction(async (manager) => {
        await gatehouse.endSessions(owner.id, { manager });
        throw WITHDRAWN;
      });
      await expect(rolledBack).rejects.toBe(WITHDRAWN);
      expect((await gatehouse.authenticate(credential, '')).id).toBe(owner.id);
      await dataSource.transaction((manager) => gatehouse.endSessions(owner.id, { manager }));
      await expect(gatehouse.authenticate(credential, '')).rejects.toMatchObject(coded(40103));
    });

    it("ends sessions whatever a subscriber of the host's throws (S-55)", async () => {
      const { id } = await addUser();
      const { accessToken } = await gatehouse.createSession(id);
      const credential = `Bearer ${accessToken}`;
      await gatehouse.authenticate(credential, '');
      await hear('user.signed_in');
      const thrower = {
        afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }) {
          if (!queryRunner.isTransactionActive) throw WITHDRAWN;
        },
      };
      dataSource.subscribers.push(thrower);
      try {
        const changed = dataSource.transaction((manager) =>
          gatehouse.changeUser(accountId, id, { isActive: false }, { manager }),
        );
        await expect(changed).rejects.toBe(WITHDRAWN);
      } finally {
        dataSource.subscribers.splice(dataSource.subscribers.indexOf(thrower), 1);
      }
      await expect(gatehouse.authenticate(credential, '')).rejects.toMatchObject(coded(40103));
      expect((await gatehouse.getUser(accountId, id)).isActive).toBe(false);
      await hear('user.changed');
    });

    it('keeps no verification of a credential that was rolled back', async () => {
      let credential = '';
      const rolledBack = dataSource.transaction(async (manager) => {
        const options = { name: 'k', role: 'send_only' };
        const { key, secret } = await gatehouse.createApiKey(accountId, options, { manager });
        credential = `Bearer ${key}.${secret}`;
        // On SQLite, with its single connection, the key is seen already.
        await gatehouse.authenticate(credential, '').catch(() => undefined);
        throw WITHDRAWN;
      });
      await expect(rolledBack).rejects.toBe(WITHDRAWN);
      await expect(gatehouse.authenticate(credential, '')).rejects.toMatchObject(coded(40105));
    });

    it('lists users, keys and sessions by pages, and ends them', async () => {
      const users = [await addUser(), await addUser()];
      const all = [owner, ...users].map(({ id }) => id).toSorted();
      const first = await gatehouse.listUsers(accountId, { limit: 2 });
      const rest = await gatehouse.listUsers(accountId, first.next);
      expect([...first.items, ...rest.items].map(({ id }) => id).toSorted()).toEqual(all);
      expect(rest.next).toBeUndefined();
      for (const limit of [0, 101, 1.5, Number.NaN]) {
        await expect(gatehouse.listUsers(accountId, { limit })).rejects.toMatchObject(coded(40001));
      }
      const foreign = gatehouse.listApiKeys(accountId, first.next);
      await expect(foreign).rejects.toMatchObject(coded(40001));

      const options = { name: 'k', role: 'send_only' };
      const { apiKey } = await gatehouse.createApiKey(accountId, options);
      expect((await gatehouse.listApiKeys(accountId)).items).toMatchObject([{ id: apiKey.id }]);

      const [kept, ended] = [
        await gatehouse.createSession(owner.id),
        await gatehouse.createSession(owner.id),
      ];
      const me = ({ accessToken }: { accessToken: string }) =>
        gatehouse.authenticate(`Bearer ${accessToken}`, '');
      const { sessionId = '' } = await me(ended);
      const { items } = await gatehouse.listSessions(owner.id);
      expect(items.map(({ id }) => id)).toContain(sessionId);
      heard = [];
      const notHers = gatehouse.endSession(users[0]?.id ?? '', sessionId);
      await expect(notHers).rejects.toMatchObject(coded(40410));
      await gatehouse.endSession(owner.id, sessionId);
      await expect(me(ended)).rejects.toMatchObject(coded(40103));
      await expect(gatehouse.endSession(owner.id, sessionId)).rejects.toMatchObject(coded(40410));
      expect((await me(kept)).id).toBe(owner.id);
      await eventually(() =>
        expect(heard.filter(({ name }) => name === 'session.revoked')).toMatchObject([
          { sessionId, userId: owner.id, actorType: 'application' },
        ]),
      );
    });

    it('sets a password under the policy, and ends all sessions (S-55)', async () => {
      const session = await gatehouse.createSession(owner.id);
      const set = (setting: object) =>
        gatehouse.setPassword(accountId, owner.id, setting as { password: string });
      for (const refused of [
        {},
        { password: 'short' },
        { password: owner.emailAddress },
        { passwordHash: '$2b$31$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq' },
        { passwordHash: 'no hash' },
        { password: 'correct horse battery', passwordHash: '$2y$10$x' },
      ]) {
        await expect(set(refused)).rejects.toMatchObject(coded(40001));
      }
      const credential = `Bearer ${session.accessToken}`;
      expect((await gatehouse.authenticate(credential, '')).id).toBe(owner.id);
      await set({ password: 'correct horse battery' });
      await expect(gatehouse.authenticate(credential, '')).rejects.toMatchObject(coded(40103));
      expect((await signIn(owner.emailAddress, 'correct horse battery')).status).toBe(200);
      const unknown = gatehouse.setPassword(accountId, randomUUID(), { password: 'x'.repeat(20) });
      await expect(unknown).rejects.toMatchObject(coded(40410));
      await eventually(() =>
        expect(heard).toContainEqual(
          expect.objectContaining({ name: 'password.changed', actorType: 'application' }),
        ),
      );
    });

    it('signs in a user whose hash PHP made, and replaces the hash (S-06)', async () => {
      const passwordHash = '$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq';
      const user = { ...person(), role: 'standard', passwordHash };
      const { id, emailAddress } = await gatehouse.createUser(accountId, user);
      const hashOf = async () => {
        const [row] = await database.query('SELECT password_hash AS hash FROM users WHERE id = ?', [
          id,
        ]);
        return String(row?.['hash']);
      };
      expect((await signIn(emailAddress, 'Rasmuslerdorf')).status).toBe(403);
      expect(await hashOf()).toBe(passwordHash);
      expect((await signIn(emailAddress, 'rasmuslerdorf')).status).toBe(200);
      await eventually(async () => expect(await hashOf()).toMatch(/^\$bcrypt-hmac-sha384\$/));
      expect((await signIn(emailAddress, 'rasmuslerdorf')).status).toBe(200);
    });

    if (target.database === 'sqlite') {
      it('publishes after the outer commit too where the transaction joins by itself', async () => {
        const rolledBack = dataSource.transaction(async () => {
          await addUser();
          throw WITHDRAWN;
        });
        await expect(rolledBack).rejects.toBe(WITHDRAWN);
        await settled();
        expect(heard).toEqual([]);
        await dataSource.transaction(() =>
          dataSource.transaction(async (joined) => {
            await addUser(joined);
            await joined.transaction((deeper) => addUser(deeper));
            await addUser();
            await settled();
            expect(heard).toEqual([]);
          }),
        );
        await eventually(() => expect(names()).toHaveLength(3));
        expect(await usersOf()).toHaveLength(4);
      });
      return;
    }

    it('decides on present rows where the transaction reads an old snapshot (S-183)', async () => {
      const { id } = await addUser();
      await hear('user.created');
      const { passwordHash: _, ...rest } = await gatehouse.getUser(accountId, id);
      const stale = dataSource.transaction('REPEATABLE READ', async (manager) => {
        await manager.findOneBy(Users, { id: owner.id });
        // Meanwhile the account has another owner.
        await dataSource.manager.update(Users, { id: owner.id }, { role: 'admin' });
        await dataSource.manager.update(Users, { id }, { role: 'owner' });
        await gatehouse.deleteUser(accountId, id, { manager });
      });
      // PostgreSQL refuses to lock a row that is newer than the snapshot.
      await expect(stale).rejects.toMatchObject(
        target.database === 'postgres' ? { code: '40001' } : coded(40303),
      );
      expect(await gatehouse.getUser(accountId, id)).toMatchObject({ ...rest, role: 'owner' });
    });

    if (target.database === 'postgres') {
      it('publishes nothing after a COMMIT that the server refused', async () => {
        await database.query(
          'CREATE TABLE IF NOT EXISTS deferred_child (id int PRIMARY KEY, parent int REFERENCES deferred_child (id) DEFERRABLE INITIALLY DEFERRED)',
        );
        const refused = dataSource.transaction(async (manager) => {
          const { id } = await addUser(manager);
          await gatehouse.deleteUser(accountId, id, { manager });
          await manager.query('INSERT INTO deferred_child VALUES (1, 99)');
        });
        await expect(refused).rejects.toMatchObject({ driverError: { code: '23503' } });
        await settled();
        expect(heard).toEqual([]);
      });

      it('publishes nothing where an error that the host ignored makes COMMIT a rollback', async () => {
        await dataSource.transaction(async (manager) => {
          await addUser(manager);
          await expect(manager.query('SELECT 1 / 0')).rejects.toThrow(/division/);
        });
        await settled();
        expect(heard).toEqual([]);
        expect(await usersOf()).toEqual([owner.id]);
      });
    }

    // PostgreSQL's default is READ COMMITTED, which has no old snapshot.
    if (target.database !== 'postgres') {
      /** Runs `work` in a transaction whose snapshot is older than what `meanwhile` commits. */
      const afterSnapshot = <T, R>(
        meanwhile: () => Promise<T>,
        work: (manager: EntityManager, result: T) => Promise<R>,
      ) =>
        dataSource.transaction(async (manager) => {
          await manager.findOneBy(Users, { id: owner.id });
          return work(manager, await meanwhile());
        });
      const repeatedly = async (count: number, work: () => Promise<unknown>) => {
        for (let done = 0; done < count; done++) await work();
      };

      it('keeps the limits of sessions and keys where it reads an old snapshot (S-48, S-91, S-183)', async () => {
        await afterSnapshot(
          () => repeatedly(5, () => gatehouse.createSession(owner.id)),
          (manager) => gatehouse.createSession(owner.id, {}, { manager }),
        );
        expect((await gatehouse.listSessions(owner.id)).items).toHaveLength(5);

        const createKey = (manager?: EntityManager) =>
          gatehouse.createApiKey(
            accountId,
            { name: 'k', role: 'send_only' },
            manager && { manager },
          );
        const beyond = afterSnapshot(() => repeatedly(25, createKey), createKey);
        await expect(beyond).rejects.toMatchObject(coded(40902));
      });

      it('publishes the end of each session once where it reads an old snapshot (S-183)', async () => {
        await gatehouse.createSession(owner.id);
        const idOf = async () => (await gatehouse.listSessions(owner.id)).items[0]?.id;
        const before = await idOf();
        let after: string | undefined;
        await hear('user.signed_in');
        await afterSnapshot(
          async () => {
            await gatehouse.endSessions(owner.id);
            await gatehouse.createSession(owner.id);
            after = await idOf();
          },
          (manager) => gatehouse.endSessions(owner.id, { manager }),
        );
        await settled();
        const ended = heard.filter(({ name }) => name === 'session.revoked');
        expect(ended.map((event) => 'sessionId' in event && event.sessionId)).toEqual([
          before,
          after,
        ]);
      });

      it('signs in by the present role and account where it reads an old snapshot (S-183)', async () => {
        const { id } = await addUser();
        const tokens = await afterSnapshot(
          () => gatehouse.changeUser(accountId, id, { role: 'admin' }),
          (manager) => gatehouse.createSession(id, {}, { manager }),
        );
        expect(tokens.scope).toEqual(['admin']);
        const disabled = afterSnapshot(
          () => database.query('UPDATE accounts SET is_active = 0 WHERE id = ?', [accountId]),
          (manager) => gatehouse.createSession(id, {}, { manager }),
        );
        await expect(disabled).rejects.toMatchObject(coded(40102));
      });

      it('finds users, accounts and keys that are newer than its snapshot (S-183)', async () => {
        const made = await afterSnapshot(
          () => addUser(),
          async (manager, { id }) => {
            const within = { manager };
            const password = { password: 'correct horse battery' };
            await gatehouse.setPassword(accountId, id, password, within);
            await gatehouse.createSession(id, {}, within);
            await gatehouse.endSessions(id, within);
            return id;
          },
        );
        expect((await gatehouse.listSessions(made)).items).toEqual([]);
        const named = afterSnapshot(
          () =>
            database.query("UPDATE accounts SET name = 'Renamed Corp' WHERE id = ?", [accountId]),
          (manager) =>
            gatehouse.createUser(
              accountId,
              { ...person(), role: 'standard', password: 'Renamed Corp' },
              { manager },
            ),
        );
        await expect(named).rejects.toMatchObject(coded(40001));
      });

      it('names the keys that stay, also those newer than its snapshot (S-86)', async () => {
        const { id } = await addUser();
        const createdBy = async () => {
          const { apiKey } = await gatehouse.createApiKey(accountId, {
            name: 'k',
            role: 'send_only',
          });
          const values = [id, apiKey.id];
          await database.query('UPDATE api_keys SET created_by = ? WHERE id = ?', values);
          return apiKey.id;
        };
        const apiKeyId = await afterSnapshot(createdBy, async (manager, keyId) => {
          await gatehouse.deleteUser(accountId, id, { manager });
          return keyId;
        });
        await eventually(() =>
          expect(audited).toContainEqual(
            expect.stringMatching(new RegExp(`api_key\\.kept.*${apiKeyId}`)),
          ),
        );
      });
    }

    it('passes a deadlock on to the host, who alone can repeat its transaction', async () => {
      const [one, other] = [await addUser(), await addUser()];
      await hear('user.created', 2);
      let first = 0;
      const both = () => eventually(() => expect(first).toBe(2));
      const change = (manager: EntityManager, { id }: User, firstName: string) =>
        gatehouse.changeUser(accountId, id, { firstName }, { manager });
      const cross = (from: User, to: User, name: string) =>
        dataSource.transaction(async (manager) => {
          await change(manager, from, name);
          first++;
          await both();
          await change(manager, to, name);
        });
      const results = await Promise.allSettled([cross(one, other, 'A'), cross(other, one, 'B')]);
      const failed = results.filter(({ status }) => status === 'rejected');
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatchObject({
        reason: {
          driverError: { code: target.database === 'postgres' ? '40P01' : 'ER_LOCK_DEADLOCK' },
        },
      });
      // Only the events of the one that was committed.
      await eventually(() => expect(names()).toEqual(['user.changed', 'user.changed']));
      // The connection of the other is usable again.
      await dataSource.transaction((manager) => change(manager, one, 'C'));
    });
  },
  { adapters: ['fastify'] },
);
