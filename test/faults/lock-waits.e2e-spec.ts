import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import mysql from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, liveSessionIds } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

/** Twice the time that the service waits for a row lock (mysql-settings.ts). */
const LOCK_WAIT_MS = 2_000;

describeTargets(
  'a grant that meets the locks of another connection on MariaDB',
  (target) => {
    let service: TestService;
    let user: TestUser;
    let before: Tokens;
    let other: mysql.Connection;
    beforeAll(async () => {
      service = await startService({ target });
      await service.database.query('CREATE TABLE ballast (id INT PRIMARY KEY)');
    });
    beforeEach(async () => {
      user = await signUp(service);
      before = await signIn(service, user);
      other = await mysql.createConnection({ uri: service.database.url });
    });
    afterEach(() => other.destroy());

    it('waits for a lock that is held briefly (S-174)', async () => {
      await lockUser();
      const answer = grant();
      await sleep(LOCK_WAIT_MS / 4);
      await other.rollback();
      expect((await answer).status).toBe(200);
    });

    it('is repeated after a lock wait time-out, and leaves one session (S-174)', async () => {
      await lockUser();
      const answer = grant();
      await sleep(LOCK_WAIT_MS * 1.4);
      await other.rollback();
      expect((await answer).status).toBe(200);
      expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(1);
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser())).toBe(2);
    });

    it('gives up with 503 if the lock is not released, and stores nothing (S-173, S-174)', async () => {
      await lockUser();
      const answer = await grant();
      await other.rollback();

      expectUnavailable(answer);
      await expectUntouched();
    });

    it('is repeated as the victim of a deadlock (S-174)', async () => {
      await other.beginTransaction();
      // InnoDB rolls back the transaction with fewer changes, so this one gets more.
      await other.query('INSERT INTO ballast SELECT seq FROM seq_1_to_500');
      await other.query('SELECT id FROM refresh_tokens WHERE account_id = ? FOR UPDATE', [
        user.accountId,
      ]);
      const answer = grant();
      await untilItWaits();
      await other.query('SELECT id FROM users WHERE account_id = ? FOR UPDATE', [user.accountId]);
      await other.rollback();

      const { status, body } = await answer;
      expect(status).toBe(200);
      expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(1);
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser())).toBe(2);
      const bearer = body.access_token as string;
      expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
    });

    it('answers 503 when its connection is killed half-way, and stores nothing (S-173, S-175)', async () => {
      await other.beginTransaction();
      await other.query('SELECT id FROM refresh_tokens WHERE account_id = ? FOR UPDATE', [
        user.accountId,
      ]);
      const answer = grant();
      // By now the user is updated and the new session inserted; ending the old one waits.
      const waiting = await untilItWaits();
      await other.query(`KILL ${waiting}`);

      expectUnavailable(await answer);
      await other.rollback();
      await expectUntouched();
      expect((await grant()).status).toBe(200);
    });

    async function lockUser(): Promise<void> {
      await other.beginTransaction();
      await other.query('SELECT id FROM users WHERE account_id = ? FOR UPDATE', [user.accountId]);
    }

    /** The id of the service's connection that waits for a row lock. */
    async function untilItWaits(): Promise<number> {
      return eventually(async () => {
        // InnoDB refreshes this table only if it was not read for 100 ms.
        await sleep(150);
        const rows = await service.database.query(
          `SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx
           JOIN information_schema.processlist ON id = trx_mysql_thread_id
           WHERE trx_state = 'LOCK WAIT' AND db = DATABASE()`,
        );
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
  { databases: ['mariadb'], adapters: ['fastify'] },
);

function expectUnavailable({ status, body, headers }: HttpResponse): void {
  expect([status, body.code]).toEqual([503, 50301]);
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
}
