// The addresses that a key may be used from (S-195), and the revocation of a key that was sent over plain HTTP (S-200).
import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp } from '../support/factories.js';
import { request, type HttpResponse, type RequestOptions } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { describeEachOnce } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const HOME = '198.51.100.7';
const ABROAD = '203.0.113.9';

describeEachOnce('an API key behind a trusted proxy', (target) => {
  let service: TestService;
  let owner: string;
  beforeAll(async () => {
    const env = { TRUST_PROXY: '127.0.0.1', REVOKE_EXPOSED_CREDENTIALS: 'true' };
    service = await startService({ target, env });
    const json = newSignUp();
    await ask(HOME, 'POST', '/api/v1/account', { json });
    const basic = [json.email_address, json.password] as const;
    owner = (await ask(HOME, 'POST', '/oauth/token?grant_type=password', { basic })).body
      .access_token;
  });

  const ask = (
    from: string,
    method: string,
    path: string,
    options: RequestOptions,
    proto = 'https',
  ): Promise<HttpResponse> =>
    request(service, method, path, {
      ...options,
      headers: { 'X-Forwarded-Proto': proto, 'X-Forwarded-For': from },
    });
  const me = (from: string, options: RequestOptions) => ask(from, 'GET', '/oauth/me', options);
  const newKey = async (allowed_ips?: string[]) => {
    const json = { name: 'k', role: 'read_only', ...(allowed_ips && { allowed_ips }) };
    return (await ask(HOME, 'POST', '/api/v1/account/api_key', { bearer: owner, json })).body;
  };
  const formsOf = ({ key, secret, api_key: apiKey }: Record<string, string>): RequestOptions[] => [
    { basic: [key ?? '', secret ?? ''] },
    { basic: [apiKey ?? '', ''] },
    { bearer: apiKey ?? '' },
  ];

  it.each([
    [['198.51.100.7'], HOME, true],
    [['198.51.100.0/24', '2001:db8::/32'], HOME, true],
    [['198.51.100.0/24', '2001:db8::/32'], '2001:0db8:0:0:0::5', true],
    [['2001:0db8::5'], '2001:db8:0:0::5', true],
    [['198.51.100.7'], '::ffff:198.51.100.7', true],
    [['::ffff:198.51.100.7'], HOME, true],
    [['::ffff:198.51.100.0/120'], HOME, true],
    [['::ffff:198.51.100.0/120'], ABROAD, false],
    [['198.51.100.200/24'], HOME, true],
    [['198.51.100.7'], `${HOME}:51234`, true],
    [['2001:db8::5'], '[2001:db8::5]:51234', true],
    [['198.51.100.7'], ABROAD, false],
    [['198.51.100.7'], `${HOME}, ${ABROAD}`, false],
    [['2001:db8::5'], '2001:db8::6', false],
  ])(
    'that is restricted to %j is accepted from %s: %s (S-195)',
    async (allowed, from, isAccepted) => {
      const key = await newKey(allowed);
      for (const options of formsOf(key)) {
        const answer = await me(from, options);
        if (isAccepted) expect(answer.status).toBe(200);
        else expectRefusal(answer, 401, 40105);
      }
    },
  );

  it.each([
    `${ABROAD}:51234`,
    `[${ABROAD}]`,
    '[2001:db8::5]:51234',
    'unknown',
    '_gateway',
    '',
    `${ABROAD},`,
    '127.0.0.1 ?',
    '0127.0.0.1',
    '127.1',
  ])(
    'that is restricted to the proxy is refused to a client that it forwards as %j (S-207)',
    async (from) => {
      const key = await newKey(['127.0.0.0/8', '::ffff:127.0.0.1']);
      for (const options of formsOf(key)) expectRefusal(await me(from, options), 401, 40105);
    },
  );

  it('that is restricted to the proxy is accepted from the proxy itself (S-207)', async () => {
    const key = await newKey(['127.0.0.1']);
    for (const options of formsOf(key)) expect((await me('127.0.0.1', options)).status).toBe(200);
  });

  it('is bound to its addresses at the grant, at each refresh and with each token (S-195)', async () => {
    const key = await newKey([HOME]);
    const basic = [key.key, key.secret] as const;
    const grant = (from: string, type: string) =>
      ask(from, 'POST', `/oauth/token?grant_type=${type}`, { basic });
    for (const type of ['password', 'client_credentials']) {
      expectRefusal(await grant(ABROAD, type), 403, 40102);
    }
    const { body } = await grant(HOME, 'password');
    const refreshFrom = (from: string) =>
      ask(from, 'POST', '/oauth/token?grant_type=refresh_token', {
        json: { refresh_token: body.refresh_token },
      });
    expectRefusal(await refreshFrom(ABROAD), 403, 40106);
    expect((await refreshFrom(HOME)).status).toBe(200);
    expectRefusal(await me(ABROAD, { bearer: body.access_token }), 401, 40103);
    expect((await me(HOME, { bearer: body.access_token })).status).toBe(200);
  });

  it.each([0, 1, 2])(
    'is revoked after it was sent over plain HTTP, form %i (S-200)',
    async (form) => {
      const key = await newKey();
      const [second, third] = [await newKey(), await newKey()].map((each) => formsOf(each)[form]);
      const answer = await ask(ABROAD, 'GET', '/oauth/me', formsOf(key)[form] ?? {}, 'http');
      expectRefusal(answer, 403, 40301);
      await untilOutput(service, 'api_key.exposed', key.id);
      expectRefusal(await me(HOME, { bearer: key.api_key }), 401, 40105);
      // The other keys were not sent.
      for (const options of [second, third])
        expect((await me(HOME, options ?? {})).status).toBe(200);
    },
  );

  it('is not revoked when the secret is wrong (S-200)', async () => {
    const [key, other] = [await newKey(), await newKey()];
    const bearer = `${key.key}.${other.secret}`;
    expectRefusal(await ask(ABROAD, 'GET', '/oauth/me', { bearer }, 'http'), 403, 40301);
    expectRefusal(await ask(ABROAD, 'GET', '/oauth/me', { bearer: key.key }, 'http'), 403, 40301);
    expect((await me(HOME, { bearer: key.api_key })).status).toBe(200);
    expect((await me(HOME, { bearer: other.api_key })).status).toBe(200);
  });
});
