// The service as a database user that may only insert and read the rows of the audit trail.
import { expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { importBuilt } from '../support/built.js';
import {
  createTestDatabase,
  openTestDatabase,
  type DatabaseKind,
  type TestDatabase,
} from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { startService } from '../support/service.js';
import { tablesOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';

const USERS: Record<Exclude<DatabaseKind, 'sqlite'>, (user: string, name: string) => string[]> = {
  mariadb: (user, name) => [
    `CREATE USER '${user}'@'%' IDENTIFIED BY 'hunter2'`,
    // Without a right on the whole database, MariaDB shows no foreign key, which the start looks for (S-209).
    `GRANT REFERENCES ON ${name}.* TO '${user}'@'%'`,
  ],
  postgres: (user) => [
    `CREATE ROLE ${user} LOGIN PASSWORD 'hunter2'`,
    `GRANT USAGE ON SCHEMA public TO ${user}`,
  ],
};

describeTargets(
  'a database user without the right to change or delete rows of the audit trail',
  (target) => {
    const kind = target.database as Exclude<DatabaseKind, 'sqlite'>;

    it('is enough for the service (S-153)', async () => {
      const database = await createTestDatabase(kind);
      const limited = await limitedUserOf(database);
      const service = await startService({ target, database: { ...database, url: limited.url } });
      const user = await signUp(service);
      const { access_token: bearer } = await signIn(service, user);
      const wrong = { basic: [user.email, `${user.password}!`] as const };
      const refused = await request(service, 'POST', '/oauth/token?grant_type=password', wrong);
      expect(refused.status).toBe(403);
      const { body } = await request(service, 'GET', '/api/v1/account/audit', { bearer });
      const events = body.map(({ event }: { event: string }) => event);
      expect(events.slice(0, 2)).toEqual(['sign_in.failed', 'sign_in.succeeded']);
      expect(events.slice(2).toSorted()).toEqual([
        'account.created',
        'email.verification_requested',
      ]);
      for (const statement of [
        'DELETE FROM audit_records',
        "UPDATE audit_records SET reason = 'none'",
      ]) {
        await expect(limited.query(statement)).rejects.toThrow(/denied/);
      }
    });

    /** Migrates the database, and gives another user all that the service needs, and no more. */
    async function limitedUserOf(database: TestDatabase): Promise<TestDatabase> {
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      const dataSource = await openDataSource({
        url: database.url,
        tls: 'auto',
        caFile: undefined,
      });
      await dataSource.destroy();
      const tables = await tablesOf(database);
      const user = `limited_${randomBytes(4).toString('hex')}`;
      const name = new URL(database.url).pathname.slice(1);
      const grantee = kind === 'mariadb' ? `'${user}'@'%'` : user;
      const grants = tables.map((table) => {
        const rights =
          table === 'audit_records' ? 'SELECT, INSERT' : 'SELECT, INSERT, UPDATE, DELETE';
        return `GRANT ${rights} ON ${table} TO ${grantee}`;
      });
      for (const statement of [...USERS[kind](user, name), ...grants]) {
        await database.query(statement);
      }
      const url = Object.assign(new URL(database.url), { username: user, password: 'hunter2' });
      return openTestDatabase(kind, url.href);
    }
  },
  { databases: ['mariadb', 'postgres'], adapters: ['fastify'] },
);
