import { beforeAll, expect, it } from '@jest/globals';
import { BcryptRuns } from '../support/bcrypt-runs.js';
import { newSignUp, signUp, type TestUser } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { countRows } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const WRONG = 'this is not the password';

describeEachOnce('the existence of an account for an address', (target) => {
  const bcryptRuns = new BcryptRuns();
  let service: TestService;
  const users = {} as Record<
    'known' | 'disabled' | 'accountDisabled' | 'withoutPassword',
    TestUser
  >;

  beforeAll(async () => {
    service = await startService({ target, env: bcryptRuns.env });
    for (const kind of ['known', 'disabled', 'accountDisabled', 'withoutPassword'] as const) {
      users[kind] = await signUp(service);
    }
    const change = (sql: string, user: TestUser) => service.database.query(sql, [user.accountId]);
    await change('UPDATE users SET is_active = 0 WHERE account_id = ?', users.disabled);
    await change('UPDATE accounts SET is_active = 0 WHERE id = ?', users.accountDisabled);
    await change(
      'UPDATE users SET password_hash = NULL WHERE account_id = ?',
      users.withoutPassword,
    );
  });

  const attempt = (email: string, password: string) =>
    request(service, 'POST', '/oauth/token?grant_type=password', { basic: [email, password] });

  it('is not visible at sign-in: every refusal is byte for byte the same (S-17)', async () => {
    const answers = [
      await attempt(users.known.email, WRONG),
      await attempt('nobody@example.com', WRONG),
      await attempt(users.disabled.email, users.disabled.password),
      await attempt(users.accountDisabled.email, users.accountDisabled.password),
      await attempt(users.withoutPassword.email, WRONG),
    ];
    const shapes = new Set(answers.map(visible));
    expect(shapes.size).toBe(1);
    expect(answers[0]?.status).toBe(403);
    expect(answers[0]?.body).toEqual({
      code: 40102,
      message: 'Username and password are incorrect',
      error: 'invalid_grant',
      error_description: 'Username and password are incorrect',
    });
  });

  it('is not visible in the cost of a sign-in: one bcrypt run each, at the current cost (S-18)', async () => {
    for (const user of Object.values(users)) {
      expect(await bcryptRuns.during(() => attempt(user.email, WRONG))).toEqual([10]);
    }
    for (const nobody of ['nobody@example.com', '@ is no address']) {
      expect(await bcryptRuns.during(() => attempt(nobody, WRONG))).toEqual([10]);
    }
    for (const user of [users.known, users.disabled, users.accountDisabled]) {
      expect(await bcryptRuns.during(() => attempt(user.email, user.password))).toEqual([10]);
    }
  });

  it('is not visible at sign-up: the same 202, and nothing is created (S-20)', async () => {
    const before = await countRows(service.database, 'accounts');
    const taken = { ...newSignUp(), email_address: users.known.email.toUpperCase() };
    const answer = await request(service, 'POST', '/api/v1/account', { json: taken });
    const free = await request(service, 'POST', '/api/v1/account', { json: newSignUp() });
    expect([answer.status, Object.keys(answer.body)]).toEqual([202, ['account_id']]);
    expect(visible(answer)).toBe(visible(free));
    expect(await countRows(service.database, 'accounts')).toBe(before + 1);
    expect((await attempt(users.known.email, users.known.password)).status).toBe(200);
    expect((await attempt(users.known.email, taken.password)).status).toBe(403);
  });
});

/** Everything that a client sees, except the values that differ between any two answers. */
function visible({ status, headers, text }: HttpResponse): string {
  const shown = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return JSON.stringify([status, shown, text.replaceAll(/"[0-9a-f-]{36}"/g, '"<uuid>"')]);
}
