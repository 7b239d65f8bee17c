import { expect, it } from '@jest/globals';
import { databaseOver } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { createTestDatabase } from '../support/database.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { describeTargets } from '../support/targets.js';

const notFound = () => Promise.resolve(undefined);

describeTargets(
  'a transaction on PostgreSQL',
  (target) => {
    it('fails when its work ignores an error, after which the server commits nothing (S-173)', async () => {
      const stored = await createTestDatabase(target.database);
      await stored.query('CREATE TABLE note (id INT PRIMARY KEY)');
      const dataSource = await openHostDataSource(stored, {});
      onDispose(() => dataSource.destroy());
      const database = await databaseOver(dataSource);
      const insert = (...ids: number[]) =>
        database.transaction(async (manager) => {
          for (const id of ids) {
            await manager.query(`INSERT INTO note VALUES (${id})`).catch(() => undefined);
          }
          return 'stored';
        }, notFound);
      await expect(insert(1, 1)).rejects.toThrow('aborted');
      expect(await stored.query('SELECT id FROM note')).toEqual([]);
      // Its connection is whole again.
      expect(await insert(2)).toBe('stored');
      expect(await stored.query('SELECT id FROM note')).toEqual([{ id: 2 }]);
    });
  },
  { databases: ['postgres'], adapters: ['fastify'] },
);
