import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows, liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

const THIRTY_DAYS_MS = 2_592_000_000;

describeEachOnce('the life of a session', (target) => {
  let service: SharedService;
  beforeAll(async () => {
    service = await sharedService(target);
  });

  const me = ({ access_token: bearer }: Pick<Tokens, 'access_token'>) =>
    request(service, 'GET', '/oauth/me', { bearer });
  const change = (assignment: string, user: TestUser, table = 'refresh_tokens') =>
    service.database.query(
      `UPDATE ${table} SET ${assignment} WHERE ${table === 'accounts' ? 'id' : 'account_id'} = ?`,
      [user.accountId],
    );

  async function expectDead(tokens: Tokens): Promise<void> {
    expectRefusal(await me(tokens), 401, 40103);
    const bearer = tokens.access_token;
    // Validate gives the same answer as the guards (S-79).
    expectRefusal(await request(service, 'GET', '/oauth/validate', { bearer }), 401, 40103);
    expectRefusal(await refresh(service, tokens.refresh_token), 403, 40106);
  }

  it('ends with the next sign-in (S-48)', async () => {
    const user = await signUp(service);
    const first = await signIn(service, user);
    const second = await signIn(service, user);
    await expectDead(first);
    expect((await me(second)).status).toBe(200);
  });

  it('goes on when a sign-in fails (S-48)', async () => {
    const user = await signUp(service);
    const tokens = await signIn(service, user);
    const basic = [user.email, 'not the password'] as const;
    await request(service, 'POST', '/oauth/token?grant_type=password', { basic });
    expect((await me(tokens)).status).toBe(200);
  });

  it('distinguishes a token of the ended session from one issued in the same second (S-56)', async () => {
    const user = await signUp(service);
    const [first, second] = [await signIn(service, user), await signIn(service, user)];
    expect((await me(first)).status).toBe(401);
    expect((await me(second)).status).toBe(200);
  });

  it('ends 30 days after the grant, which five refreshes do not move (S-46)', async () => {
    const user = await signUp(service);
    let { refresh_token: token } = await signIn(service, user);
    const expiry = async () =>
      (
        await service.database.query(
          'SELECT expires_at, created_at FROM refresh_tokens WHERE account_id = ?',
          [user.accountId],
        )
      )[0];
    const before = await expiry();
    expect(Number(before?.expires_at) - Number(before?.created_at)).toBe(THIRTY_DAYS_MS);
    for (let round = 0; round < 5; round++) {
      token = (await refresh(service, token)).body.refresh_token;
    }
    expect(await expiry()).toEqual(before);
    expect(
      await countRows(service.database, 'refresh_tokens', 'account_id = ?', [user.accountId]),
    ).toBe(1);
  });

  it('ends at that instant, without a clean-up job (S-47)', async () => {
    const user = await signUp(service);
    const tokens = await signIn(service, user);
    await change(`expires_at = ${Date.now() + 60_000}`, user);
    const renewed = (await refresh(service, tokens.refresh_token)).body as Tokens;
    // An access token does not outlive its session.
    expect(renewed.expires_in).toBeLessThanOrEqual(60);
    await change(`expires_at = ${Date.now() - 1000}`, user);
    await expectDead(renewed);
  });

  describe.each([
    ['the user is disabled', 'is_active = FALSE', 'users'],
    ['the account is disabled', 'is_active = FALSE', 'accounts'],
  ])('when %s', (_, assignment, table) => {
    it('is refused everywhere, and accepted again when that is undone (S-53, S-55)', async () => {
      const user = await signUp(service);
      const tokens = await signIn(service, user);
      await change(assignment, user, table);
      await expectDead(tokens);
      await change('is_active = TRUE', user, table);
      expect((await me(tokens)).status).toBe(200);
    });
  });

  it.each([
    ['the user', 'DELETE FROM users WHERE account_id = ?'],
    ['the account', 'DELETE FROM accounts WHERE id = ?'],
  ])(
    'is deleted with %s, and a new one of the same address inherits nothing (S-73)',
    async (_, sql) => {
      const user = await signUp(service);
      const tokens = await signIn(service, user);
      await service.database.query('PRAGMA foreign_keys = ON').catch(() => undefined);
      await service.database.query('DELETE FROM refresh_tokens WHERE account_id = ?', [
        user.accountId,
      ]);
      await service.database.query('DELETE FROM users WHERE account_id = ?', [user.accountId]);
      if (sql.includes('accounts')) await service.database.query(sql, [user.accountId]);
      await expectDead(tokens);

      const next = await signUp(service, { email_address: user.email });
      await signIn(service, next);
      await expectDead(tokens);
    },
  );

  describe('POST /oauth/revoke', () => {
    it('refuses in the same way a token that is unknown, malformed, expired, revoked or of another user (S-57)', async () => {
      const [user, other] = [await signUp(service), await signUp(service)];
      const tokens = await signIn(service, user);
      const foreign = await signIn(service, other);
      const flipped = `${tokens.refresh_token.slice(0, -1)}${tokens.refresh_token.endsWith('A') ? 'B' : 'A'}`;
      for (const refresh_token of [foreign.refresh_token, flipped, 'A'.repeat(128), '', 'x']) {
        const answer = await revoke(service, { ...tokens, refresh_token });
        expectRefusal(answer, 401, 40106);
        expect(answer.text).toBe('{"code":40106,"message":"Refresh token is invalid"}');
      }
      expect((await me(tokens)).status).toBe(200);
      expect((await me(foreign)).status).toBe(200);
      expect((await refresh(service, foreign.refresh_token)).status).toBe(200);
    });

    it('accepts the previous token within the grace, because the client may have lost the answer', async () => {
      const user = await signUp(service);
      const tokens = await signIn(service, user);
      await refresh(service, tokens.refresh_token);
      expect((await revoke(service, tokens)).status).toBe(200);
      expect(await liveSessionIds(service.database, user.accountId)).toEqual([]);
    });

    it('ends the session when an older token is presented, and refuses it (S-51)', async () => {
      const user = await signUp(service);
      const tokens = await signIn(service, user);
      const second = (await refresh(service, tokens.refresh_token)).body as Tokens;
      await refresh(service, second.refresh_token);
      expectRefusal(await revoke(service, tokens), 401, 40106);
      await expectDead(second);
      expect(service.output()).toMatch(/session\.reuse_detected/);
    });

    it('requires a token and a bearer', async () => {
      const { access_token: bearer } = await signIn(service, await signUp(service));
      const without = await request(service, 'POST', '/oauth/revoke', { bearer });
      expectRefusal(without, 400, 40001);
      const anonymous = await request(service, 'POST', '/oauth/revoke', { json: {} });
      expectRefusal(anonymous, 401, 40101);
    });
  });
});
