import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { countRows, refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets, type Target } from '../support/targets.js';

/** Words that only a driver, an engine or a stack trace contains. */
const CAUSES =
  /canary|trigger|sqlite|maria|mysql|postgres|pg_|typeorm|select|insert|update|users|refresh_tokens|at \S+:\d|\.js/i;

/** Triggers that fail, in the language of each engine. */
const FAULTS: Record<Target['database'], { first?: string; body: string; drop?: string }> = {
  sqlite: { body: `BEGIN SELECT RAISE(ABORT, 'canary cause'); END` },
  mariadb: {
    body: `FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'canary cause'`,
  },
  postgres: {
    first: `CREATE FUNCTION canary() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'canary cause'; END $$;`,
    body: 'FOR EACH ROW EXECUTE FUNCTION canary()',
    drop: 'DROP FUNCTION IF EXISTS canary CASCADE',
  },
};

describeTargets(
  'a fault in the middle of the work',
  (target) => {
    let service: SharedService;
    let user: TestUser;
    let before: Tokens;
    beforeAll(async () => {
      // What breaks here is its database, which each test mends.
      service = await sharedService(target);
    });
    beforeEach(async () => {
      user = await signUp(service);
      before = await signIn(service, user);
    });
    afterEach(() => mend());

    it('rolls back a sign-up whose second insert fails, and hides the cause (S-143, S-173)', async () => {
      const json = newSignUp();
      await failAt('INSERT', 'users');
      expectInternal(await request(service, 'POST', '/api/v1/account', { json }));
      expect(await countRows(service.database, 'accounts', 'name = ?', [json.account_name])).toBe(
        0,
      );

      await mend();
      await signUp(service, json);
      await signIn(service, { email: json.email_address, password: json.password });
    });

    it('rolls back a grant whose last statement fails, and keeps the earlier session alive (S-48, S-173)', async () => {
      await failAt('UPDATE', 'refresh_tokens');
      expectInternal(await grant());
      const ofUser = ['account_id = ?', [user.accountId]] as const;
      expect(await countRows(service.database, 'refresh_tokens', ...ofUser)).toBe(1);
      await mend();
      await expectMe(200);
      expect((await refresh(service, before.refresh_token)).status).toBe(200);
    });

    it('undoes an act whose row in the audit trail fails, and refuses otherwise in place of a refusal without one (S-144, S-152)', async () => {
      await failAt('INSERT', 'audit_records');
      expectInternal(await grant());
      const ofAccount = ['account_id = ?', [user.accountId]] as const;
      expect(await countRows(service.database, 'refresh_tokens', ...ofAccount)).toBe(1);
      const wrong = { basic: [user.email, `${user.password}!`] as const };
      const path = '/oauth/token?grant_type=password';
      const refused = await request(service, 'POST', path, wrong);
      expect([refused.status, refused.body.code]).toEqual([503, 50301]);
      await mend();
      await expectMe(200);
      const rows = await countRows(service.database, 'audit_records', ...ofAccount);
      expect((await request(service, 'POST', path, wrong)).status).toBe(403);
      expect(await countRows(service.database, 'audit_records', ...ofAccount)).toBe(rows + 1);
    });

    it('admits no request when the guard itself fails (S-143, S-144)', async () => {
      await service.database.query('ALTER TABLE refresh_tokens RENAME TO hidden');
      const bearer = before.access_token;
      try {
        expectInternal(await request(service, 'GET', '/oauth/me', { bearer }));
        expectInternal(await request(service, 'GET', '/oauth/validate', { bearer }));
        expectInternal(await refresh(service, before.refresh_token));
        expectInternal(await grant());
      } finally {
        await service.database.query('ALTER TABLE hidden RENAME TO refresh_tokens');
      }
      await expectMe(200);
    });

    async function failAt(event: 'INSERT' | 'UPDATE', table: string): Promise<void> {
      const { first = '', body } = FAULTS[target.database];
      await service.database.load(
        `${first}CREATE TRIGGER canary BEFORE ${event} ON ${table} ${body}`,
      );
    }

    async function mend(): Promise<void> {
      const { drop = 'DROP TRIGGER IF EXISTS canary' } = FAULTS[target.database];
      await service.database.query(drop);
    }

    function grant(): Promise<HttpResponse> {
      return request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, user.password],
      });
    }

    async function expectMe(status: number): Promise<void> {
      const bearer = before.access_token;
      expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(status);
    }
  },
  { adapters: ['fastify'] },
);

function expectInternal({ status, body, text, headers }: HttpResponse): void {
  expect([status, body.code, body.message]).toEqual([500, 50001, 'Internal error']);
  expect(body.request_id).toBe(headers.get('x-request-id'));
  expect(text).not.toMatch(CAUSES);
  expect(headers.get('x-powered-by')).toBeNull();
}
