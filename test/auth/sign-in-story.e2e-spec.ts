import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { refresh, revoke } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describeTargets('from sign-up to sign-out', (target) => {
  let service: SharedService;
  let user: TestUser;
  let tokens: Tokens;

  beforeAll(async () => {
    service = await sharedService(target);
    user = await signUp(service, { full_name: 'Ada King Lovelace' });
    tokens = await signIn(service, user);
  });

  it('answers a password grant with the JSON of the SMTPD authentication API, field by field (contract §3)', () => {
    expect(Object.keys(tokens).toSorted()).toEqual(
      [
        'Scope',
        'access_token',
        'expires_at',
        'expires_in',
        'refresh_token',
        'token_type',
      ].toSorted(),
    );
    expect(tokens.token_type).toBe('bearer');
    expect(tokens.Scope).toEqual(['owner']);
    expect(tokens.expires_in).toBe(900);
    expect(Number.isInteger(tokens.expires_at)).toBe(true);
    expect(Math.abs(tokens.expires_at - (Date.now() + 900_000))).toBeLessThan(60_000);
    expect(tokens.refresh_token).toMatch(/^[A-Za-z0-9_-]{128}$/);
  });

  it('forbids caches to keep tokens (S-63)', async () => {
    const answer = await request(service, 'POST', '/oauth/token?grant_type=password', {
      basic: [user.email, user.password],
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    tokens = answer.body as Tokens;
  });

  it('puts exactly the documented claims into the access token (contract §4, S-74)', () => {
    const [header, claims] = tokens.access_token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.stringMatching(/^\w{16}$/) });
    expect(claims).toEqual({
      access_generation: 0,
      account_id: user.accountId,
      aud: 'gatehouse',
      exp: tokens.expires_at / 1000,
      iat: tokens.expires_at / 1000 - 900,
      id: expect.stringMatching(UUID),
      is_account_verified: false,
      iss: 'gatehouse',
      jti: expect.stringMatching(UUID),
      name: 'Ada King Lovelace',
      scope: ['owner'],
      sid: expect.stringMatching(UUID),
      sub: user.email,
      subject: user.email,
      type: 'user',
    });
  });

  it('shows the signed-in user (contract §5)', async () => {
    const me = await request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
    expect(me.status).toBe(200);
    expect(me.body).toEqual({
      id: expect.stringMatching(UUID),
      account_id: user.accountId,
      email_address: user.email,
      first_name: 'Ada',
      surname: 'King Lovelace',
      gravatar_url: expect.stringMatching(/^https:\/\/gravatar\.com\/avatar\/[0-9a-f]{64}$/),
      is_owner: true,
      is_verified: false,
      created_at_utc: expect.any(Number),
      modified_at_utc: expect.any(Number),
      type: 'user',
      role: 'owner',
      scope: ['owner'],
    });
  });

  it('confirms a token while it is valid (contract §5, S-79)', async () => {
    const answer = await request(service, 'GET', '/oauth/validate', {
      bearer: tokens.access_token,
    });
    expect([answer.status, answer.body]).toEqual([
      200,
      { active: true, expires_at: tokens.expires_at, scope: ['owner'] },
    ]);
  });

  it('refreshes with status 200 and a new token (contract §3)', async () => {
    const answer = await refresh(service, tokens.refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.body.refresh_token).not.toBe(tokens.refresh_token);
    expect(answer.body).not.toHaveProperty('scope');
    tokens = answer.body as Tokens;
  });

  it('accepts neither token in place of the other (S-61)', async () => {
    const asBearer = await request(service, 'GET', '/oauth/me', { bearer: tokens.refresh_token });
    expectRefusal(asBearer, 401, 40103);
    expectRefusal(await refresh(service, tokens.access_token), 403, 40106);
  });

  it('ends the session with everything that belongs to it (S-57)', async () => {
    const answer = await revoke(service, tokens);
    expect([answer.status, answer.text]).toEqual([200, '{}']);
    for (const path of ['/oauth/me', '/oauth/validate']) {
      const refusal = await request(service, 'GET', path, { bearer: tokens.access_token });
      expectRefusal(refusal, 401, 40103);
    }
    expectRefusal(await refresh(service, tokens.refresh_token), 403, 40106);
    expectRefusal(await revoke(service, tokens), 401, 40103);
  });
});
