import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp } from '../support/factories.js';
import { request, type RequestOptions } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const UNKNOWN = 'clientAddress="unknown"';
const https = { 'X-Forwarded-Proto': 'https' };

describeTargets(
  'a request through a trusted proxy',
  (target) => {
    let service: TestService;
    beforeAll(async () => {
      service = await startService({ target, env: { TRUST_PROXY: '127.0.0.1, 10.0.0.0/8' } });
    });

    const signUp = (headers: RequestOptions['headers'], json = newSignUp()) =>
      request(service, 'POST', '/api/v1/account', { json, headers });

    it('is HTTPS with one X-Forwarded-Proto: https (S-116)', async () => {
      expect((await signUp(https)).status).toBe(202);
    });

    it.each<[string, RequestOptions['headers']]>([
      ['none at all', {}],
      ['http', { 'X-Forwarded-Proto': 'http' }],
      ['nothing', { 'X-Forwarded-Proto': '' }],
      ['a list', { 'X-Forwarded-Proto': 'https, http' }],
      ['a list of the same', { 'X-Forwarded-Proto': 'https,https' }],
      ['a list in the other order', { 'X-Forwarded-Proto': 'http,https' }],
      ['the header twice', { 'X-Forwarded-Proto': ['https', 'https'] }],
      ['the header twice, once empty', { 'X-Forwarded-Proto': ['', 'https'] }],
      ['another protocol', { 'X-Forwarded-Proto': 'wss' }],
      ['a longer word', { 'X-Forwarded-Proto': 'https2' }],
      ['a header of another kind', { 'X-Forwarded-Ssl': 'on', 'Front-End-Https': 'on' }],
      ['Forwarded', { Forwarded: 'proto=https' }],
    ])('is plain HTTP with %s (S-116)', async (_, headers) => {
      const response = await signUp(headers);
      expectRefusal(response, 403, 40301);
      expect(response.headers.get('strict-transport-security')).toBeNull();
    });

    it.each([
      ['GET', '/oauth/me', 401],
      ['GET', '/nowhere', 404],
      ['PURGE', '/oauth/me', 405],
      ['GET', '/%ff', 400],
      ['GET', '/health', 200],
    ])('gets HSTS of a year: %s %s (S-118)', async (method, path, status) => {
      const response = await request(service, method, path, { headers: https });
      expect(response.status).toBe(status);
      const maxAge = /max-age=(\d+)/.exec(
        response.headers.get('strict-transport-security') ?? '',
      )?.[1];
      expect(Number(maxAge)).toBeGreaterThanOrEqual(31_536_000);
    });

    it.each(['/oauth/me', '/nowhere', '/health'])(
      'gets an answer at %s that no page frames and no cache stores (S-125, S-171)',
      async (path) => {
        const { headers } = await request(service, 'GET', path, { headers: https });
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('referrer-policy')).toBe('no-referrer');
        expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
        expect(headers.get('cache-control')).toBe('no-store');
      },
    );

    it('gets no HSTS as a plain probe (S-118)', async () => {
      const response = await request(service, 'GET', '/health');
      expect(response.status).toBe(200);
      expect(response.headers.get('strict-transport-security')).toBeNull();
    });

    it.each<[string, string | string[], string]>([
      ['one hop', '203.0.113.1', '203.0.113.1'],
      ['a forged entry left of it', '192.0.2.66, 203.0.113.2', '203.0.113.2'],
      ['a trusted hop right of it', '192.0.2.66, 203.0.113.3, 10.1.2.3', '203.0.113.3'],
      ['a forged trusted address', '10.9.9.9, 203.0.113.4', '203.0.113.4'],
      ['the header twice', ['192.0.2.66', '203.0.113.5'], '203.0.113.5'],
      ['IPv4 mapped to IPv6', '::ffff:203.0.113.6', '203.0.113.6'],
      ['IPv6', '2001:db8::7', '2001:db8::7'],
      ['a port', '203.0.113.8:51234', '203.0.113.8'],
      ['IPv6 and a port', '[2001:db8::8]:51234', '2001:db8::8'],
      ['brackets', '[2001:db8::9]', '2001:db8::9'],
    ])(
      'comes from the right-most untrusted hop: %s (S-117, S-207)',
      async (_, forwardedFor, address) => {
        const response = await request(service, 'POST', '/oauth/token?grant_type=password', {
          basic: ['nobody@example.com', 'wrong'],
          headers: { ...https, 'X-Forwarded-For': forwardedFor },
        });
        expectRefusal(response, 403, 40102);
        await untilOutput(service, 'sign_in.failed', `clientAddress="${address}"`);
        expect(service.output()).not.toMatch(/clientAddress="(192\.0\.2\.66|10\.9\.9\.9)"/);
      },
    );

    it.each([
      ['a word', 'somebody'],
      ['words for the log', '1.2.3.4 request=forged'],
      ['nothing', ''],
      ['an empty element', '203.0.113.7,'],
      ['unknown', 'unknown'],
      ['an obfuscated name', '_gateway'],
      ['leading zeros', '010.0.0.1'],
      ['a zone', 'fe80::1%eth0'],
      ['a text longer than the column', 'a'.repeat(200)],
      ['an address longer than the column', `fe80::1%${'a'.repeat(100)}`],
      ['markup', '<b>1</b>'],
    ])('has no address when the header holds %s instead (S-207, S-138)', async (_, hop) => {
      const json = newSignUp();
      const headers = { ...https, 'X-Forwarded-For': hop };
      expect((await signUp(headers, json)).status).toBe(202);
      const basic = [json.email_address, json.password] as const;
      const grant = () =>
        request(service, 'POST', '/oauth/token?grant_type=password', { basic, headers });
      const { status, body } = await grant();
      expect(status).toBe(200);
      if (hop.length > 10) expect(service.output()).not.toContain(hop);
      await untilOutput(
        service,
        'sign_in.succeeded',
        `userId="${idOf(body.access_token)}"`,
        UNKNOWN,
      );
      await untilOutput(service, 'POST /oauth/token 200', 'ip=unknown');
      const rows = await service.database.query('SELECT DISTINCT ip_address FROM refresh_tokens');
      expect(rows).toEqual([{ ip_address: '' }]);
    });
  },
  { databases: ['sqlite'] },
);

/** The id of the user in the token. */
function idOf(token: string): string {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { id: string }).id;
}
