import { beforeAll, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from './database.js';
import { MariaDbServer } from './mariadb-server.js';
import { describeMariaDb, describeTargets } from './targets.js';

describeTargets(
  'a test database',
  ({ database: kind }) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createTestDatabase(kind);
    });

    it('starts empty and runs queries', async () => {
      await database.query('CREATE TABLE note (id INT PRIMARY KEY, text VARCHAR(40))');
      await database.query('INSERT INTO note VALUES (?, ?)', [1, 'grüße 🚪']);
      expect(await database.query('SELECT id, text FROM note')).toEqual([
        { id: 1, text: 'grüße 🚪' },
      ]);
    });

    it('is not shared with another one', async () => {
      const other = await createTestDatabase(kind);
      // Not `toThrow`: the native module's errors belong to the first realm that loaded it.
      await expect(other.query('SELECT * FROM note')).rejects.toMatchObject({
        message: expect.stringContaining('note'),
      });
    });
  },
  { adapters: ['fastify'] },
);

describeMariaDb('a private MariaDB server', () => {
  let server: MariaDbServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await MariaDbServer.create();
    database = await createTestDatabase('mariadb', server);
    await database.query('CREATE TABLE note (id INT PRIMARY KEY)');
  });

  it('keeps a committed row when it is killed and started again', async () => {
    await database.query('INSERT INTO note VALUES (7)');
    await server.kill();
    await expect(database.query('SELECT id FROM note')).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    expect(await database.query('SELECT id FROM note')).toEqual([{ id: 7 }]);
  });

  it('does not answer while it is paused', async () => {
    await server.pause();
    const answer = database.query('SELECT 1 AS one');
    const early = await Promise.race([
      answer,
      new Promise((resolve) => setTimeout(resolve, 300, 'silence')),
    ]);
    server.resume();
    expect(early).toBe('silence');
    expect(await answer).toEqual([{ one: 1 }]);
  });

  it('shuts down regularly', async () => {
    await server.stop();
    expect(server.isRunning).toBe(false);
  });
});
