import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, refresh } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

/** Words that only a driver, an engine or a stack trace contains. */
const CAUSES =
  /canary|trigger|sqlite|maria|mysql|typeorm|select|insert|update|users|refresh_tokens|at \S+:\d|\.js/i;

describeEachOnce('a fault in the middle of the work', (target) => {
  let service: TestService;
  let user: TestUser;
  let before: Tokens;
  beforeAll(async () => {
    service = await startService({ target });
  });
  beforeEach(async () => {
    user = await signUp(service);
    before = await signIn(service, user);
  });
  afterEach(() => service.database.query('DROP TRIGGER IF EXISTS canary'));

  it('rolls back a sign-up whose second insert fails, and hides the cause (S-143, S-173)', async () => {
    const json = newSignUp();
    await failAt('INSERT', 'users');
    expectInternal(await request(service, 'POST', '/api/v1/account', { json }));
    expect(await countRows(service.database, 'accounts', 'name = ?', [json.account_name])).toBe(0);

    await service.database.query('DROP TRIGGER canary');
    await signUp(service, json);
    await signIn(service, { email: json.email_address, password: json.password });
  });

  it('rolls back a grant whose last statement fails, and keeps the earlier session alive (S-48, S-173)', async () => {
    await failAt('UPDATE', 'refresh_tokens');
    expectInternal(await grant());
    const ofUser = ['account_id = ?', [user.accountId]] as const;
    expect(await countRows(service.database, 'refresh_tokens', ...ofUser)).toBe(1);
    await service.database.query('DROP TRIGGER canary');
    await expectMe(200);
    expect((await refresh(service, before.refresh_token)).status).toBe(200);
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
    const body =
      target.database === 'sqlite'
        ? `BEGIN SELECT RAISE(ABORT, 'canary cause'); END`
        : `FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'canary cause'`;
    await service.database.query(`CREATE TRIGGER canary BEFORE ${event} ON ${table} ${body}`);
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
});

function expectInternal({ status, body, text, headers }: HttpResponse): void {
  expect([status, body.code, body.message]).toEqual([500, 50001, 'Internal error']);
  expect(body.request_id).toBe(headers.get('x-request-id'));
  expect(text).not.toMatch(CAUSES);
  expect(headers.get('x-powered-by')).toBeNull();
}
