import { beforeAll, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type Row, type TestDatabase } from '../support/database.js';
import { signIn } from '../support/factories.js';
import { request } from '../support/http.js';
import { newKey, type Member } from '../support/members.js';
import { REAL_BCRYPT } from '../support/node.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, refresh } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

/** Facts about the database of the first release. */
interface Kept {
  readonly secret: string;
  readonly email: string;
  readonly password: string;
  readonly userId: string;
  readonly refreshToken: string;
}

describeTargets(
  'a database that release 0.1.0 wrote',
  (target) => {
    let kept: Kept;
    let service: TestService;
    let users: Row[];
    /** Signed in with the password that it had then. */
    let owner: Pick<Member, 'bearer' | 'tokens'>;
    beforeAll(async () => {
      const folder = join(import.meta.dirname, 'releases/0.1.0');
      // It did not know PostgreSQL: that dump has the rows of SQLite's, in the tables of its migration.
      const origin = target.database === 'postgres' ? 'sqlite' : target.database;
      kept = JSON.parse(readFileSync(join(folder, `${origin}.json`), 'utf8')) as Kept;
      const database = await createTestDatabase(target.database);
      await database.load(readFileSync(join(folder, `${target.database}.sql`), 'utf8'));
      // Its sessions would have expired by now.
      await database.query('UPDATE refresh_tokens SET expires_at = ?', [Date.now() + 86_400_000]);
      users = await allUsers(database);

      const env = { ...REAL_BCRYPT, GATEHOUSE_SECRET: kept.secret };
      service = await startService({ target, database, env });
    });

    it('keeps its users, passwords and sessions today (S-157)', async () => {
      expect(await allUsers(service.database)).toEqual(users);
      const { status, body } = await refresh(service, kept.refreshToken);
      expect(status).toBe(200);
      const me = await request(service, 'GET', '/oauth/me', { bearer: body.access_token });
      expect(me.body).toMatchObject({ id: kept.userId, email_address: kept.email });
      const tokens = await signIn(service, kept);
      owner = { bearer: tokens.access_token, tokens };
      expect((await newKey(service, owner)).id).toEqual(expect.any(String));
    });

    it('loses only sessions of API keys when reverted, and nothing when migrated again (S-157)', async () => {
      const { database } = service;
      const key = await newKey(service, owner);
      await signIn(service, { email: key.key, password: key.secret });
      await service.stop();
      users = await allUsers(database);
      const ofUsers =
        'SELECT id, user_id, salt, generation, expires_at FROM refresh_tokens WHERE user_id IS NOT NULL ORDER BY id';
      const sessions = await database.query(ofUsers);
      expect(sessions.length).toBeGreaterThan(0);
      expect(await countRows(database, 'refresh_tokens')).toBe(sessions.length + 1);

      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      const dataSource = await openDataSource({
        url: database.url,
        tls: 'auto',
        caFile: undefined,
      });
      for (const _ of dataSource.migrations.slice(1)) await dataSource.undoLastMigration();
      await dataSource.destroy();
      expect(await allUsers(database)).toEqual(users);
      expect(await database.query(ofUsers)).toEqual(sessions);
      expect(await countRows(database, 'refresh_tokens')).toBe(sessions.length);

      await service.start();
      expect(await allUsers(database)).toEqual(users);
      expect(await database.query(ofUsers)).toEqual(sessions);
      const { status } = await request(service, 'GET', '/oauth/me', { bearer: owner.bearer });
      expect(status).toBe(200);
      expect((await refresh(service, owner.tokens.refresh_token)).status).toBe(200);
      expect((await newKey(service, owner)).id).not.toBe(key.id);
    });
  },
  { adapters: ['fastify'] },
);

function allUsers(database: TestDatabase): Promise<Row[]> {
  return database.query('SELECT * FROM users ORDER BY id');
}
