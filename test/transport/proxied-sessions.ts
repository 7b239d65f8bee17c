import { expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { claimsOf } from '../support/claims.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import type { TestService } from '../support/service.js';
import { untilOutput } from '../support/until-output.js';

export const https = { 'X-Forwarded-Proto': 'https' };
/** Headers by which the trusted proxy forwards a plain HTTP request of another machine. */
export const plain = { 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '203.0.113.9' };
export const jwtSecret = randomBytes(48).toString('base64url');
export const proxied = { TRUST_PROXY: '127.0.0.1', JWT_SECRET: jwtSecret };

export async function newSession(service: TestService): Promise<Tokens> {
  const json = newSignUp();
  await request(service, 'POST', '/api/v1/account', { json, headers: https });
  const response = await request(service, 'POST', '/oauth/token?grant_type=password', {
    basic: [json.email_address, json.password],
    headers: https,
  });
  expect(response.status).toBe(200);
  return response.body as Tokens;
}

export const me = (service: TestService, bearer: string, headers: Record<string, string> = https) =>
  request(service, 'GET', '/oauth/me', { bearer, headers });

const refresh = (service: TestService, { refresh_token }: Tokens): Promise<HttpResponse> =>
  request(service, 'POST', '/oauth/token?grant_type=refresh_token', {
    json: { refresh_token },
    headers: https,
  });

/** Waits for the revocation, which follows the answer. */
export const untilAudited = (service: TestService, { access_token }: Tokens): Promise<string> =>
  untilOutput(service, 'session.exposed', String(claimsOf(access_token)['sid']));

export async function expectDead(service: TestService, tokens: Tokens): Promise<void> {
  await untilAudited(service, tokens);
  expectRefusal(await me(service, tokens.access_token), 401, 40103);
  expectRefusal(await refresh(service, tokens), 403, 40106);
}

export async function expectLive(service: TestService, tokens: Tokens): Promise<void> {
  expect((await me(service, tokens.access_token)).status).toBe(200);
  expect((await refresh(service, tokens)).status).toBe(200);
}
