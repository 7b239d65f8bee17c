import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, inParallel, liveSessionIds } from '../support/sessions.js';
import type { ServerKind } from '../support/servers.js';
import { describeTargets } from '../support/targets.js';
import { connectTo, ENGINES, type Connection } from './engines.js';
import { expectWholePool } from './whole-pool.js';

/** Twice the time that the service waits for a row lock (mysql-settings.ts, postgres-session.ts). */
const LOCK_WAIT_MS = 2_000;

describeTargets(
  'a grant that meets the locks of another connection',
  (target) => {
    let service: TestService;
    let user: TestUser;
    let before: Tokens;
    let other: Connection;
    const engine = ENGINES[target.database as ServerKind];
    beforeAll(async () => {
      service = await startService({ target });
      await service.database.query('CREATE TABLE ballast (id INT PRIMARY KEY)');
    });
    beforeEach(async () => {
      user = await signUp(service);
      before = await signIn(service, user);
      other = await connectTo(service.database);
    });
    afterEach(() => other.close());

    it('waits for a lock that is held briefly (S-174)', async () => {
      await lockUser();
      const answer = grant();
      await sleep(LOCK_WAIT_MS / 4);
      await other.query('ROLLBACK');
      expect((await answer).status).toBe(200);
    });

    it('is repeated after a lock wait time-out, and leaves one session (S-174)', async () => {
      await lockUser();
      const answer = grant();
      await sleep(LOCK_WAIT_MS * 1.4);
      await other.query('ROLLBACK');
      expect((await answer).status).toBe(200);
      expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(1);
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser())).toBe(2);
    });

    it('gives up with 503 if the lock is not released, and stores nothing (S-173, S-174)', async () => {
      await lockUser();
      const answer = await grant();
      await other.query('ROLLBACK');

      expectUnavailable(answer);
      await expectUntouched();
    });

    it('is repeated as the victim of a deadlock (S-174)', async () => {
      await other.query('BEGIN');
      await other.query(engine.survive);
      await other.query('SELECT id FROM refresh_tokens WHERE account_id = ? FOR UPDATE', [
        user.accountId,
      ]);
      const answer = grant();
      await untilItWaits();
      await other.query('SELECT id FROM users WHERE account_id = ? FOR UPDATE', [user.accountId]);
      await other.query('ROLLBACK');

      const { status, body } = await answer;
      expect(status).toBe(200);
      expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(1);
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser())).toBe(2);
      const bearer = body.access_token as string;
      expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
    });

    it('answers 503 when its connection is killed half-way, and stores nothing (S-173, S-175)', async () => {
      await other.query('BEGIN');
      await other.query('SELECT id FROM refresh_tokens WHERE account_id = ? FOR UPDATE', [
        user.accountId,
      ]);
      const answer = grant();
      // By now the user is updated and the new session inserted; ending the old one waits.
      const waiting = await untilItWaits();
      await other.query(engine.kill(waiting));

      expectUnavailable(await answer);
      await other.query('ROLLBACK');
      await expectUntouched();
      expect((await grant()).status).toBe(200);
    });

    it('gives 503 to 40 requests that wait together for 10 connections, and loses none of these (S-175, S-204)', async () => {
      const bearer = before.access_token;
      // Now the token is cached, so that each request waits with its own statement.
      expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
      await other.query(engine.lockUsers);
      const answers = await inParallel(40, () =>
        request(service, 'GET', '/api/v1/account/user', { bearer }),
      );
      await other.close();
      for (const each of answers) expectUnavailable(each);
      await expectWholePool(service, service.database, { bearer });
    });

    async function lockUser(): Promise<void> {
      await other.query('BEGIN');
      await other.query('SELECT id FROM users WHERE account_id = ? FOR UPDATE', [user.accountId]);
    }

    /** The id of the service's connection that waits for a row lock. */
    async function untilItWaits(): Promise<number> {
      return eventually(async () => {
        // InnoDB refreshes this table only if it was not read for 100 ms.
        await sleep(150);
        const rows = await service.database.query(engine.waitingForRow);
        if (rows[0]) return Number(rows[0].id);
        throw new Error('The grant never waited for the lock');
      });
    }

    async function expectUntouched(): Promise<void> {
      const bearer = before.access_token;
      expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser())).toBe(1);
    }

    function ofUser(): [string, string[]] {
      return ['account_id = ?', [user.accountId]];
    }

    function grant(): Promise<HttpResponse> {
      return request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, user.password],
      });
    }
  },
  { databases: ['mariadb', 'postgres'], adapters: ['fastify'] },
);

function expectUnavailable({ status, body, headers }: HttpResponse): void {
  expect([status, body.code]).toEqual([503, 50301]);
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
}
