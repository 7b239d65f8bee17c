import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { databaseOver, importBuilt } from '../support/built.js';
import type { TestDatabase } from '../support/database.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, inParallel, liveSessionIds, refresh } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'the one connection to a SQLite file',
  (target) => {
    let service: TestService;
    let database: TestDatabase;
    let dataSource: DataSource;
    beforeAll(async () => {
      service = await startService({ target });
      ({ database } = service);
      await database.query('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)');
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      dataSource = await openDataSource({ url: database.url, tls: 'auto', caFile: undefined });
    });
    afterAll(() => dataSource.destroy());

    it('uses WAL, full synchronisation and foreign keys (S-177, S-181)', async () => {
      const pragma = async (name: string) =>
        Object.values((await dataSource.query(`PRAGMA ${name}`))[0])[0];
      expect(await pragma('journal_mode')).toBe('wal');
      expect(await pragma('synchronous')).toBe(2);
      expect(await pragma('foreign_keys')).toBe(1);
      const orphan = `INSERT INTO refresh_tokens (id, account_id, salt, generation, created_at,
        modified_at, expires_at, last_accessed_at, ip_address) VALUES ('x', 'nobody', '', 0, 0, 0, 0, 0, '')`;
      await expect(dataSource.query(orphan)).rejects.toThrow(/FOREIGN KEY/);
    });

    it('includes no foreign statement in a transaction that fails (S-181)', async () => {
      const own = await databaseOver(dataSource);
      const fault = new Error('in the middle');

      const failing = inParallel(10, (index) =>
        own
          .transaction(async (manager) => {
            await manager.query(insert(100 + index));
            // Gives other statements time to come in between, if that were possible.
            await sleep(5);
            throw fault;
          }, nothing)
          .catch((error: unknown) => error),
      );
      const single = inParallel(10, (index) =>
        own.write((manager) => manager.query(insert(200 + index)), nothing),
      );
      const whole = inParallel(10, (index) =>
        own.transaction((manager) => manager.query(insert(300 + index)), nothing),
      );
      const [failures] = await Promise.all([failing, single, whole]);
      expect(failures).toEqual(Array.from(failures, () => fault));
      const rows = await database.query('SELECT id FROM note ORDER BY id');
      expect(rows.map(({ id }) => Math.floor(Number(id) / 100))).toEqual([
        ...Array.from({ length: 10 }, () => 2),
        ...Array.from({ length: 10 }, () => 3),
      ]);
    });

    it('completes 50 mixed concurrent writes correctly (S-173, S-181)', async () => {
      const users = await inParallel(5, () => signUp(service));
      const sessions = await Promise.all(users.map((user) => signIn(service, user)));
      const taken = users[0] as TestUser;
      const accountsBefore = await countRows(database, 'accounts');
      // Refreshes and sign-ins of different users, new accounts, and sign-ups that fail half-way.
      const refreshes = inParallel(20, (index) =>
        refresh(service, (sessions[index % 4] as Tokens).refresh_token),
      );
      const signIns = inParallel(10, () => signIn(service, users[4] as TestUser));
      const signUps = inParallel(10, () => signUp(service));
      const refusals = inParallel(10, () =>
        signUp(service, { ...newSignUp(), email_address: taken.email }),
      );
      const [refreshed, , created] = await Promise.all([refreshes, signIns, signUps, refusals]);

      expect(refreshed.map(({ status }) => status)).toEqual(Array.from(refreshed, () => 200));
      for (const { accountId } of users) {
        expect(await liveSessionIds(database, accountId)).toHaveLength(1);
      }
      const advanced = users.slice(0, 4).map(({ accountId }) => accountId);
      const condition = `account_id IN (${advanced.map(() => '?').join()}) AND generation = 1`;
      expect(await countRows(database, 'refresh_tokens', condition, advanced)).toBe(4);
      expect(await countRows(database, 'accounts')).toBe(accountsBefore + created.length);
      expect(await countRows(database, 'users')).toBe(accountsBefore + created.length);
      const newest = created[0] as TestUser;
      const { access_token: bearer } = await signIn(service, newest);
      expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);

function insert(id: number): string {
  return `INSERT INTO note VALUES (${id}, 'kept?')`;
}

function nothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}
