import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { countRows, inParallel, liveSessionIds } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { Database } from '../support/sqlite.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'a SQLite file that another process writes to',
  (target) => {
    let service: SharedService;
    let user: TestUser;
    let before: Tokens;
    beforeAll(async () => {
      service = await sharedService(target);
    });
    beforeEach(async () => {
      user = await signUp(service);
      before = await signIn(service, user);
    });

    it('is used after a short wait for the other process (S-174)', async () => {
      const unlock = lockForWriting();
      const answer = grant();
      await sleep(600);
      unlock();
      expect((await answer).status).toBe(200);
      expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(1);
    });

    it('gives 503 when the other process keeps the lock, and stores nothing (S-173, S-174)', async () => {
      const unlock = lockForWriting();
      const answer = await grant();
      expect([answer.status, answer.body.code]).toEqual([503, 50301]);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      // Reads are served meanwhile.
      expect((await me()).status).toBe(200);
      unlock();
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser())).toBe(1);
      expect((await grant()).status).toBe(200);
    });

    it('serves reads meanwhile, and commits no refused write (S-08, S-173)', async () => {
      const unlock = lockForWriting();
      const over = new AbortController();
      const grants = inParallel(4, grant).finally(() => over.abort());
      let served = 0;
      while (!over.signal.aborted) {
        expect((await me()).status).toBe(200);
        served++;
        await sleep(20);
      }
      unlock();
      for (const { status, body } of await grants)
        expect([status, body.code]).toEqual([503, 50301]);
      // If reads waited for the lock, the first would outlast the grants.
      expect(served).toBeGreaterThan(3);

      // A write that still waited for the lock would get it by now.
      await sleep(1_000);
      expect((await me()).status).toBe(200);
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser())).toBe(1);
    });

    /** Takes the write lock as another process would; returns the function that releases it. */
    function lockForWriting(): () => void {
      const connection = new Database(service.database.url.slice('sqlite:'.length));
      connection.prepare('BEGIN IMMEDIATE').run();
      return () => {
        connection.prepare('ROLLBACK').run();
        connection.close();
      };
    }

    function ofUser(): [string, string[]] {
      return ['account_id = ?', [user.accountId]];
    }

    function grant(): Promise<HttpResponse> {
      return request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, user.password],
      });
    }

    function me(): Promise<HttpResponse> {
      return request(service, 'GET', '/oauth/me', { bearer: before.access_token });
    }
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
