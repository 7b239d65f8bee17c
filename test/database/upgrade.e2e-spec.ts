import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBuilt } from '../support/built.js';
import { createTestDatabase } from '../support/database.js';
import { request } from '../support/http.js';
import { newKey, newOwner } from '../support/members.js';
import { REAL_BCRYPT } from '../support/node.js';
import { startService } from '../support/service.js';
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
    it('keeps its users, passwords and sessions today (S-157)', async () => {
      const folder = join(import.meta.dirname, 'releases/0.1.0');
      // It did not know PostgreSQL: that dump has the rows of SQLite's, in the tables of its migration.
      const origin = target.database === 'postgres' ? 'sqlite' : target.database;
      const kept = JSON.parse(readFileSync(join(folder, `${origin}.json`), 'utf8')) as Kept;
      const database = await createTestDatabase(target.database);
      await database.load(readFileSync(join(folder, `${target.database}.sql`), 'utf8'));
      // Its sessions would have expired by now.
      await database.query('UPDATE refresh_tokens SET expires_at = ?', [Date.now() + 86_400_000]);
      const users = await database.query('SELECT * FROM users ORDER BY id');

      const service = await startService({
        target,
        database,
        env: { ...REAL_BCRYPT, GATEHOUSE_SECRET: kept.secret },
      });
      expect(await database.query('SELECT * FROM users ORDER BY id')).toEqual(users);
      const { status, body } = await refresh(service, kept.refreshToken);
      expect(status).toBe(200);
      const me = await request(service, 'GET', '/oauth/me', { bearer: body.access_token });
      expect(me.body).toMatchObject({ id: kept.userId, email_address: kept.email });
      const again = await request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [kept.email, kept.password],
      });
      expect(again.status).toBe(200);
      const facts = { name: 'Ship', role: 'read_only' };
      const key = await request(service, 'POST', '/api/v1/account/api_key', {
        bearer: again.body.access_token,
        json: facts,
      });
      expect(key.status).toBe(201);
    });
  },
  { adapters: ['fastify'] },
);

describeTargets(
  'a database of the first release',
  (target) => {
    it('loses only sessions of API keys when reverted, and nothing when migrated again (S-157)', async () => {
      const service = await startService({ target });
      const { database } = service;
      const owner = await newOwner(service);
      const key = await newKey(service, owner);
      await request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [key.key, key.secret],
      });
      await service.stop();
      const users = await database.query('SELECT * FROM users ORDER BY id');
      const ofUsers =
        'SELECT id, user_id, salt, generation, expires_at FROM refresh_tokens WHERE user_id IS NOT NULL';
      const sessions = await database.query(ofUsers);
      expect([users.length, sessions.length]).toEqual([2, 1]);

      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      const dataSource = await openDataSource({
        url: database.url,
        tls: 'auto',
        caFile: undefined,
      });
      for (const _ of dataSource.migrations.slice(1)) await dataSource.undoLastMigration();
      await dataSource.destroy();
      expect(await database.query('SELECT * FROM users ORDER BY id')).toEqual(users);
      expect(await database.query(ofUsers)).toEqual(sessions);
      expect(await countRows(database, 'refresh_tokens')).toBe(1);

      await service.start();
      expect(await database.query('SELECT * FROM users ORDER BY id')).toEqual(users);
      expect(await database.query(ofUsers)).toEqual(sessions);
      const { status } = await request(service, 'GET', '/oauth/me', { bearer: owner.bearer });
      expect(status).toBe(200);
      expect((await refresh(service, owner.tokens.refresh_token)).status).toBe(200);
      expect((await newKey(service, owner)).id).not.toBe(key.id);
    });
  },
  { adapters: ['fastify'] },
);
