import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { claimsOf } from '../support/claims.js';
import { CryptoRuns } from '../support/crypto-runs.js';
import { newSignUp, signIn, signUp, type TestUser } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { newKey, newOwner } from '../support/members.js';
import { hasherWith } from '../support/passwords.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, refresh, revoke } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const WRONG = 'this is not the password';
/** Two keys derive refresh tokens: this one, and the one of the service's own secret. */
const SECRETS = {
  PASSWORD_PEPPER: randomBytes(48).toString('base64url'),
  REFRESH_TOKEN_SECRET: randomBytes(48).toString('base64url'),
};

describeEachOnce('the existence of an account or a session', (target) => {
  const cryptoRuns = new CryptoRuns();
  let service: TestService;
  const users = {} as Record<
    'known' | 'disabled' | 'accountDisabled' | 'withoutPassword',
    TestUser
  >;

  beforeAll(async () => {
    service = await startService({
      target,
      env: { ...SECRETS, ...cryptoRuns.env, BCRYPT_COST: '11' },
    });
    for (const kind of ['known', 'disabled', 'accountDisabled', 'withoutPassword'] as const) {
      users[kind] = await signUp(service);
    }
    const change = (sql: string, user: TestUser) => service.database.query(sql, [user.accountId]);
    await change('UPDATE users SET is_active = FALSE WHERE account_id = ?', users.disabled);
    await change('UPDATE accounts SET is_active = FALSE WHERE id = ?', users.accountDisabled);
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
      expect(await cryptoRuns.bcryptCosts(() => attempt(user.email, WRONG))).toEqual([11]);
    }
    for (const nobody of ['nobody@example.com', '@ is no address']) {
      expect(await cryptoRuns.bcryptCosts(() => attempt(nobody, WRONG))).toEqual([11]);
    }
    for (const user of [users.known, users.disabled, users.accountDisabled]) {
      expect(await cryptoRuns.bcryptCosts(() => attempt(user.email, user.password))).toEqual([11]);
    }
  });

  it('is not visible in the cost of a sign-in where the stored hash has a lower one (S-18)', async () => {
    const user = await signUp(service);
    const peppers = [Buffer.from(SECRETS.PASSWORD_PEPPER)];
    const hashed = await hasherWith({ cost: 4, peppers }).hash(user.password);
    // In a test service such a run is one of cost 10 (test/support/less-work.mjs).
    const former = hashed.replace('$2b$04$', () => '$2b$10$');
    const store = (hash: string) =>
      service.database.query('UPDATE users SET password_hash = ? WHERE account_id = ?', [
        hash,
        user.accountId,
      ]);
    await store(former);
    const rounds = async (password: string) => {
      const costs = await cryptoRuns.bcryptCosts(() => attempt(user.email, password));
      return costs.reduce((sum, cost) => sum + 2 ** cost, 0);
    };
    expect(await rounds(WRONG)).toBe(2 ** 11);
    // bcrypt would refuse the shortened hash without any work.
    await store(former.slice(0, -1));
    expect(await rounds(WRONG)).toBe(2 ** 11);
    await store(former);
    await signIn(service, user);
  });

  it('is not visible in the work on a forged refresh token, at refresh and at revoke (S-23)', async () => {
    const owner = await newOwner(service);
    const grant = (type: string, basic: readonly [string, string]) =>
      request(service, 'POST', `/oauth/token?grant_type=${type}`, { basic });
    const key = await newKey(service, owner);
    const ended = await signUp(service);
    const disabled = await signUp(service);
    const real = {
      own: owner.tokens.refresh_token,
      ended: (await signIn(service, ended)).refresh_token,
      disabled: (await signIn(service, disabled)).refresh_token,
      key: (await grant('password', [key.key, key.secret])).body.refresh_token as string,
    };
    const { body } = await grant('client_credentials', [key.key, key.secret]);
    const sid = String(claimsOf(body.access_token)['sid']);
    const change = (sql: string, id: string) => service.database.query(sql, [id]);
    await change('UPDATE refresh_tokens SET revoked_at = 1 WHERE account_id = ?', ended.accountId);
    await change('UPDATE users SET is_active = FALSE WHERE account_id = ?', disabled.accountId);
    await change("UPDATE api_keys SET allowed_ips = '192.0.2.1' WHERE id = ?", key.id);
    const unknown = randomBytes(96).toString('base64url');
    const withoutRefreshToken = Buffer.concat([
      Buffer.from(sid.replaceAll('-', ''), 'hex'),
      randomBytes(80),
    ]).toString('base64url');
    const presented = [unknown, withoutRefreshToken, ...Object.values(real).map(forged)];
    for (const token of presented) {
      const answers: HttpResponse[] = [];
      const ask = async (send: () => Promise<HttpResponse>) => void answers.push(await send());
      const tokens = { access_token: owner.bearer, refresh_token: token };
      const counts = [
        await cryptoRuns.derivations(() => ask(() => refresh(service, token))),
        await cryptoRuns.derivations(() => ask(() => revoke(service, tokens))),
      ];
      expect(answers.map(({ status, body: { code } }) => [status, code])).toEqual([
        [403, 40106],
        [401, 40106],
      ]);
      expect([token, counts]).toEqual([token, [2, 2]]);
    }
    expect((await refresh(service, real.own)).status).toBe(200);
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

/** The token with another end: the head names its session, but no key derives the rest. */
function forged(token: string): string {
  return token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
}

/** Everything that a client sees, except the values that differ between any two answers. */
function visible({ status, headers, text }: HttpResponse): string {
  const shown = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return JSON.stringify([status, shown, text.replaceAll(/"[0-9a-f-]{36}"/g, '"<uuid>"')]);
}
