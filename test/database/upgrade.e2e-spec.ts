import { expect, it } from '@jest/globals';
import { importBuilt } from '../support/built.js';
import { request } from '../support/http.js';
import { newKey, newOwner } from '../support/members.js';
import { startService } from '../support/service.js';
import { countRows, refresh } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'a database of the release before',
  (target) => {
    it('loses nothing on the way up, and sessions of keys alone on the way down (S-157)', async () => {
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

      const { openDataSource } = await importBuilt('database/open-data-source.js');
      const dataSource = await openDataSource({
        url: database.url,
        tls: 'auto',
        caFile: undefined,
      });
      await dataSource.undoLastMigration();
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
