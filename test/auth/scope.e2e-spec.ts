import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

describeEachOnce('the scope of a grant', (target) => {
  let service: SharedService;
  let user: TestUser;

  beforeAll(async () => {
    service = await sharedService(target);
    user = await signUp(service);
  });

  const signInWith = (scope: string) =>
    request(service, 'POST', '/oauth/token', {
      form: { grant_type: 'password', username: user.email, password: user.password, scope },
    });
  const refreshWith = (refresh_token: string, scope?: string) =>
    request(service, 'POST', '/oauth/token', {
      json: { grant_type: 'refresh_token', refresh_token, ...(scope && { scope }) },
    });

  it('is narrowed to the requested names, in token and answer (contract §3)', async () => {
    const { status, body } = await signInWith('users:read account:read users:read');
    expect([status, body.Scope]).toEqual([200, ['users:read', 'account:read']]);
    const me = await request(service, 'GET', '/oauth/me', { bearer: body.access_token });
    expect([me.body.scope, me.body.role]).toEqual([['users:read', 'account:read'], 'owner']);
  });

  it('stays narrow over refreshes and is never widened again (S-54)', async () => {
    const { body } = await signInWith('users:read account:read');
    const same = await refreshWith(body.refresh_token);
    expect(same.body.Scope).toEqual(['users:read', 'account:read']);
    const narrower = await refreshWith(same.body.refresh_token, 'account:read');
    expect(narrower.body.Scope).toEqual(['account:read']);
    const wider = await refreshWith(narrower.body.refresh_token, 'account:write');
    expectRefusal(wider, 400, 40004);
    expect(wider.body.error).toBe('invalid_scope');
    // RFC 6749 §6: one refresh narrows its own token, not the session.
    const again = await refreshWith(narrower.body.refresh_token);
    expect(again.body.Scope).toEqual(['users:read', 'account:read']);
  });

  it('follows the role as it is now (S-53)', async () => {
    const member = await signUp(service);
    const form = {
      grant_type: 'password',
      username: member.email,
      password: member.password,
      scope: 'users:read users:write',
    };
    const tokens = (await request(service, 'POST', '/oauth/token', { form })).body as Tokens;
    await service.database.query("UPDATE users SET role = 'read_only' WHERE account_id = ?", [
      member.accountId,
    ]);
    const renewed = await refreshWith(tokens.refresh_token);
    expect([renewed.status, renewed.body.Scope]).toEqual([200, ['users:read']]);
  });

  it('is not checked without a valid token, and reuse ends the session first (S-51, S-61)', async () => {
    const first = (await signInWith('')).body as Tokens;
    const forged = `${first.refresh_token.slice(0, -4)}AAAA`;
    expectRefusal(await refreshWith(forged, 'nope'), 403, 40106);
    const second = (await refreshWith(first.refresh_token)).body as Tokens;
    const third = (await refreshWith(second.refresh_token)).body as Tokens;
    expectRefusal(await refreshWith(first.refresh_token, 'nope'), 403, 40106);
    expectRefusal(await refreshWith(third.refresh_token), 403, 40106);
  });

  it.each([
    ['unknown', 'nope'],
    ['a part of a known one', 'users'],
    ['in another case', 'Owner'],
    ['the name of a built-in property', 'constructor'],
    ['separated by two spaces', 'users:read  account:read'],
    ['quoted', '"owner"'],
  ])('is refused when a name is %s (S-72)', async (_, scope) => {
    const answer = await signInWith(scope);
    expectRefusal(answer, 400, 40004);
    expect(answer.body.error).toBe('invalid_scope');
  });

  it('is refused when it differs between query and body', async () => {
    const answer = await request(service, 'POST', '/oauth/token?grant_type=password&scope=owner', {
      json: { username: user.email, password: user.password, scope: 'users:read' },
    });
    expectRefusal(answer, 400, 40001);
  });
});
