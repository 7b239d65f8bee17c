import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { describeEachOnce } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

describeEachOnce('a fault inside the service', (target) => {
  let service: TestService;
  let user: TestUser;
  let tokens: Tokens;
  beforeAll(async () => {
    service = await startService({ target });
    user = await signUp(service);
    tokens = await signIn(service, user);
    // No client can cause this.
    await service.database.query('ALTER TABLE users RENAME TO users_away');
  });

  it.each([
    ['sign-up', () => request(service, 'POST', '/api/v1/account', { json: newSignUp() })],
    [
      'sign-in',
      () =>
        request(service, 'POST', '/oauth/token?grant_type=password', {
          basic: [user.email, user.password],
        }),
    ],
    [
      'refresh',
      () =>
        request(service, 'POST', '/oauth/token?grant_type=refresh_token', {
          json: { refresh_token: tokens.refresh_token },
        }),
    ],
    ['me', () => request(service, 'GET', '/oauth/me', { bearer: tokens.access_token })],
    [
      'revoke',
      () =>
        request(service, 'POST', '/oauth/revoke', {
          bearer: tokens.access_token,
          json: { refresh_token: tokens.refresh_token },
        }),
    ],
  ])('is a 50001 without its cause at %s (S-142, S-143, S-144)', async (_, ask) => {
    const response = await ask();
    expectRefusal(response, 500, 50001);
    expect(response.body.message).toBe('Internal error');
    expect(response.body.request_id).toBe(response.headers.get('x-request-id'));
    expect(response.text).not.toMatch(/users|table|sql/i);
    // An operator finds the cause in the log by that id.
    await untilOutput(service, '50001', String(response.body.request_id), 'users');
  });

  it('leaves no secret in the log (S-146)', () => {
    for (const secret of [user.password, tokens.refresh_token, tokens.access_token]) {
      expect(service.output()).not.toContain(secret);
    }
    expect(service.output()).not.toContain('bcrypt-hmac');
  });

  it('no longer occurs once its cause is removed (S-145)', async () => {
    await service.database.query('ALTER TABLE users_away RENAME TO users');
    const response = await request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
    expect(response.status).toBe(200);
  });
});
