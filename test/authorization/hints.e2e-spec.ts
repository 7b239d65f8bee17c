import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { newSignUp } from '../support/factories.js';
import { request, type RequestOptions } from '../support/http.js';
import { newMember, newOwner } from '../support/members.js';
import { startService } from '../support/service.js';
import { sharedService } from '../support/shared-service.js';

const HINT = 'error_description="Granted by: owner, admin"';

describe('the hint of a 403 at the roles that suffice', () => {
  it('goes to every caller outside production', async () => {
    const service = await sharedService();
    const owner = await newOwner(service);
    const { bearer } = await newMember(service, owner, 'send_only');
    const json = {};
    const answer = await request(service, 'PATCH', '/api/v1/account', { bearer, json });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer error="insufficient_scope", scope="account:write", ${HINT}`,
    ]);
  });

  it('goes in production to owner and admin only', async () => {
    const service = await startService({
      env: {
        NODE_ENV: 'production',
        TRUST_PROXY: '127.0.0.1',
        ALLOW_SQLITE_IN_PRODUCTION: 'true',
      },
    });
    const ask = (method: string, path: string, options: RequestOptions) =>
      request(service, method, path, { ...options, headers: { 'X-Forwarded-Proto': 'https' } });
    const person = newSignUp();
    await ask('POST', '/api/v1/account', { json: person });
    const grant = (username: string, password: string, scope = '') =>
      ask('POST', '/oauth/token', {
        form: { grant_type: 'password', username, password, scope },
      });
    const owner = await grant(person.email_address, person.password);
    const password = randomBytes(12).toString('hex');
    const email = `grace-${randomBytes(6).toString('hex')}@example.com`;
    await ask('POST', '/api/v1/account/user', {
      bearer: owner.body.access_token,
      json: { email_address: email, first_name: 'G', surname: '', role: 'send_only', password },
    });
    const narrowed = await grant(person.email_address, person.password, 'users:read');
    const sender = await grant(email, password);
    const challengeFor = async (bearer: string) =>
      (await ask('PATCH', '/api/v1/account', { bearer, json: {} })).headers.get('www-authenticate');
    expect(await challengeFor(narrowed.body.access_token)).toContain(HINT);
    expect(await challengeFor(sender.body.access_token)).toBe(
      'Bearer error="insufficient_scope", scope="account:write"',
    );
  });
});
