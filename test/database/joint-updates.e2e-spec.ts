import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { Database } from '../../src/database/database.js';
import { databaseOver, importBuilt } from '../support/built.js';
import { signIn, signUp } from '../support/factories.js';
import { onPostgres } from '../support/postgres-client.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { liveSessionIds } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const SESSIONS = 4;

describeTargets(
  'steps of several sessions in one statement',
  (target) => {
    let service: SharedService;
    let dataSource: DataSource;
    let database: Database;
    /** Advances a session from a generation of its access token; returns whether this call did. */
    let step: (id: string, accessGeneration?: number) => Promise<boolean>;
    beforeAll(async () => {
      service = await sharedService(target);
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      const { SessionsRepository } = await importBuilt('sessions/sessions.repository.js');
      const { url } = service.database;
      dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
      database = await databaseOver(dataSource);
      const sessions = new SessionsRepository();
      step = (id, accessGeneration = 0) =>
        database.change(
          sessions.step(
            { id, generation: 0, accessGeneration },
            { rotates: true, accessGeneration: accessGeneration + 1, keyId: 'k\'{"}' },
            Date.now(),
          ),
          () => Promise.resolve(undefined),
          [],
          () => [],
        );
    });
    afterAll(() => dataSource.destroy());

    it('advance each session once, also one that is named twice or has gone on (S-50)', async () => {
      const [once = '', twice = '', ahead = '', ...others] = await newSessions();
      const outcomes = [
        step(once),
        step(ahead, 7),
        step(twice),
        step(twice),
        ...others.map((id) => step(id)),
      ];
      const [first, ofAhead, ...rest] = await Promise.all(outcomes);
      expect([first, ofAhead]).toEqual([true, false]);
      expect(rest.filter(Boolean)).toHaveLength(rest.length - 1);
      for (const id of [once, twice, ...others]) {
        expect(await rowOf(id)).toEqual({ generation: 1, access_generation: 1, key_id: 'k\'{"}' });
      }
      expect(await rowOf(ahead)).toMatchObject({ generation: 0, access_generation: 0 });
      const [one, ...more] = await Promise.all([once, twice, ...others].map(transactionOf));
      expect(more).toEqual(more.map(() => one));
    });

    it('wait for no session that another transaction holds, which waits alone (S-174)', async () => {
      const [held = '', ...others] = await newSessions();
      await onPostgres(service.database.url, async (client) => {
        await client.query('BEGIN');
        await client.query('SELECT id FROM refresh_tokens WHERE id = $1 FOR UPDATE', [held]);
        const waiting = step(held);
        expect(await Promise.all(others.map((id) => step(id)))).toEqual(others.map(() => true));
        await client.query('ROLLBACK');
        expect(await waiting).toBe(true);
      });
    });

    async function newSessions(): Promise<string[]> {
      const ids: string[] = [];
      for (let count = 0; count < SESSIONS; count++) {
        const user = await signUp(service);
        await signIn(service, user);
        ids.push(...(await liveSessionIds(service.database, user.accountId)));
      }
      return ids;
    }

    /** The transaction that changed a session last. */
    async function transactionOf(id: string) {
      const found = 'SELECT xmin::text AS id FROM refresh_tokens WHERE id = ?';
      return (await service.database.query(found, [id]))[0]?.id;
    }

    async function rowOf(id: string) {
      const columns = 'generation, access_generation, key_id';
      const [row] = await service.database.query(
        `SELECT ${columns} FROM refresh_tokens WHERE id = ?`,
        [id],
      );
      return row;
    }
  },
  { databases: ['postgres'], adapters: ['fastify'] },
);
