import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { CuttingProxy, type Cut } from './cutting-proxy.js';
import { expectWholePool } from './whole-pool.js';

const BEGIN = /^START TRANSACTION/i;
const COMMIT = /^COMMIT/i;
const UPDATE_SESSION = /^UPDATE [`"]refresh_tokens[`"]/i;

describeTargets(
  'a connection that breaks at the commit',
  (target) => {
    let proxy: CuttingProxy;
    let database: TestDatabase;
    let service: TestService;
    let user: TestUser;
    let before: Tokens;
    beforeAll(async () => {
      database = await createTestDatabase(target.database);
      proxy = await CuttingProxy.create(database.url);
      const through = { ...database, url: proxy.through(database.url) };
      service = await startService({ target, database: through });
    });
    beforeEach(async () => {
      user = await signUp(service);
      before = await signIn(service, user);
    });

    it('gives 200 for a sign-in that was committed, and its row in the audit trail with it (S-152, S-176)', async () => {
      const answer = await cut('after', COMMIT, grant);
      expect(answer.status).toBe(200);
      expect(await liveSessionIds(database, user.accountId)).toHaveLength(1);
      expect(await signInsInTheTrail()).toBe(2);
      await expectMe(answer.body as Tokens, 200);
      await expectMe(before, 401);
    });

    it('gives 503 for a sign-in that was not committed, and stores nothing (S-152, S-175, S-176)', async () => {
      expectUnavailable(await cut('before', COMMIT, grant));
      const [row] = await database.query('SELECT COUNT(*) AS n FROM refresh_tokens');
      expect(await signInsInTheTrail()).toBe(1);
      await expectMe(before, 200);
      const again = await grant();
      expect(again.status).toBe(200);
      // One more row, from the second attempt; the first stored none.
      const all = await countRows(database, 'refresh_tokens');
      expect(all).toBe(Number(row?.n) + 1);
      expect(await liveSessionIds(database, user.accountId)).toHaveLength(1);
    });

    it('gives a true answer for a sign-in that is committed later, and a retry leaves one session (S-176)', async () => {
      const answer = await cut('meanwhile', COMMIT, grant);
      if (answer.status === 200) await expectMe(answer.body as Tokens, 200);
      else expectUnavailable(answer);
      await expectEventually(
        () =>
          countRows(database, 'refresh_tokens', 'revoked_at IS NULL AND account_id = ?', [
            user.accountId,
          ]),
        1,
      );
      const retried = await grant();
      expect(retried.status).toBe(200);
      expect(await liveSessionIds(database, user.accountId)).toHaveLength(1);
      await expectMe(retried.body as Tokens, 200);
    });

    it.each<Cut>(['after', 'before'])(
      'gives a true answer for a sign-up whose connection breaks %s its commit, and a row with the account (S-152, S-176)',
      async (where) => {
        const json = newSignUp();
        const answer = await cut(where, COMMIT, () =>
          request(service, 'POST', '/api/v1/account', { json }),
        );
        if (where === 'after') expect(answer.status).toBe(202);
        else expectUnavailable(answer);
        const users = await countRows(database, 'users', 'canonical_email = ?', [
          json.email_address,
        ]);
        const accounts = await countRows(database, 'accounts', 'name = ?', [json.account_name]);
        expect([users, accounts]).toEqual(where === 'after' ? [1, 1] : [0, 0]);
        const opened = await countRows(database, 'audit_records', 'event = ?', ['account.created']);
        expect(opened).toBe(await countRows(database, 'accounts'));
      },
    );

    it.each<Cut>(['after', 'before'])(
      'gives a true answer for a refresh whose connection breaks %s its update (S-50, S-176)',
      async (where) => {
        const answer = await cut(where, UPDATE_SESSION, () =>
          refresh(service, before.refresh_token),
        );
        if (where === 'before') expectUnavailable(answer);
        else expect(answer.status).toBe(200);
        // Whatever the answer was, the client's token is still valid, and has one successor.
        const again = await refresh(service, before.refresh_token);
        expect(again.status).toBe(200);
        if (where === 'after') expect(again.body.refresh_token).toBe(answer.body.refresh_token);
        const [row] = await database.query(
          'SELECT generation FROM refresh_tokens WHERE account_id = ? AND revoked_at IS NULL',
          [user.accountId],
        );
        expect(row?.generation).toBe(1);
      },
    );

    it.each<Cut>(['after', 'before'])(
      'gives a true answer for a revocation whose connection breaks %s its commit (S-176)',
      async (where) => {
        const answer = await cut(where, COMMIT, () => revoke(service, before));
        if (where === 'before') expectUnavailable(answer);
        else expect(answer.status).toBe(200);
        await expectMe(before, where === 'after' ? 401 : 200);
      },
    );

    it('leaves every place of the pool usable after 12 such connections (S-175)', async () => {
      const cuts = ['after', 'before', 'meanwhile'] as const;
      for (let round = 0; round < 12; round++) {
        const statement = round % 2 === 0 ? COMMIT : BEGIN;
        const answer = await cut(cuts[round % cuts.length] ?? 'before', statement, grant);
        if (answer.status !== 200) expectUnavailable(answer);
      }
      const { access_token: bearer } = await signIn(service, user);
      await expectWholePool(service, database, { bearer });
    });

    function signInsInTheTrail(): Promise<number> {
      const condition = 'event = ? AND account_id = ?';
      const values = ['sign_in.succeeded', user.accountId];
      return countRows(database, 'audit_records', condition, values);
    }

    async function cut(
      where: Cut,
      statement: RegExp,
      run: () => Promise<HttpResponse>,
    ): Promise<HttpResponse> {
      const cutsBefore = proxy.cuts;
      proxy.cutAt(statement, where);
      const answer = await run();
      expect(proxy.cuts).toBe(cutsBefore + 1);
      return answer;
    }

    function grant(): Promise<HttpResponse> {
      return request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, user.password],
      });
    }

    async function expectMe({ access_token: bearer }: Tokens, status: number): Promise<void> {
      expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(status);
    }
  },
  { databases: ['mariadb', 'postgres'], adapters: ['fastify'] },
);

function expectUnavailable({ status, body, headers }: HttpResponse): void {
  expect([status, body.code]).toEqual([503, 50301]);
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
}

async function expectEventually(read: () => Promise<number>, expected: number): Promise<void> {
  await eventually(async () => expect(await read()).toBe(expected));
}
