import { beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { basic, rawExchange } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { refresh } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

/** What net/http of Go writes: these headers, in this order. */
function goRequest(method: string, target: string, headers: string[], body = ''): string {
  return [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    'User-Agent: Go-http-client/1.1',
    ...headers,
    'Accept-Encoding: gzip',
    '',
    body,
  ].join('\r\n');
}

function parse(raw: string): { status: number; body: Record<string, unknown> } {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: JSON.parse(rest.join('\r\n\r\n')) };
}

describeEachOnce("the official client's exchange, byte for byte", (target) => {
  let service: TestService;
  let user: TestUser;

  beforeAll(async () => {
    // Lets the bearer that goes along with a refresh be an expired one.
    service = await startService({ target, env: { ACCESS_TOKEN_TTL: '1' } });
    user = await signUp(service);
  });

  async function exchange(method: string, path: string, headers: string[], body?: string) {
    return parse(await rawExchange(service, goRequest(method, path, headers, body)));
  }

  it.each([
    ['announced as zero bytes long', ['Content-Length: 0']],
    ['with no length at all', []],
  ])('signs in with a JSON body that is empty, %s (S-130)', async (_, lengthHeader) => {
    const { status, body } = await exchange('POST', '/oauth/token?grant_type=password', [
      ...lengthHeader,
      `Authorization: ${basic(user.email, user.password)}`,
      'Content-Type: application/json',
    ]);
    expect(status).toBe(200);
    expect(body['Scope']).toEqual(['owner']);
    expect(body).not.toHaveProperty('scope');
    expect(Number.isInteger(body['expires_at'])).toBe(true);
    expect(Number.isInteger(body['expires_in'])).toBe(true);
  });

  it('refreshes with an expired bearer beside it (S-194)', async () => {
    const tokens = await signIn(service, user);
    const json = JSON.stringify({ refresh_token: tokens.refresh_token });
    const { status, body } = await exchange(
      'POST',
      '/oauth/token?grant_type=refresh_token',
      [
        `Content-Length: ${json.length}`,
        // Long past its end once the tolerance is over; and ignored at any time.
        `Authorization: Bearer ${tokens.access_token.slice(0, -4)}AAAA`,
        'Content-Type: application/json',
      ],
      json,
    );
    expect(status).toBe(200);
    expect(body['refresh_token']).toMatch(/^[\w-]{128}$/);
  });

  it('decodes a refusal as an integer code and a message', async () => {
    const { status, body } = await exchange('POST', '/oauth/token?grant_type=password', [
      'Content-Length: 0',
      `Authorization: ${basic(user.email, 'not the password')}`,
      'Content-Type: application/json',
    ]);
    expect([status, body]).toEqual([
      403,
      { code: 40102, message: 'Username and password are incorrect', error: 'invalid_grant' },
    ]);
  });

  describe('with REFRESH_TOKEN_ROTATION=off', () => {
    it('refreshes ten times with the token it got first', async () => {
      const fixed = await startService({
        target,
        database: service.database,
        env: { REFRESH_TOKEN_ROTATION: 'off' },
      });
      const owner = await signUp(fixed);
      const { refresh_token } = await signIn(fixed, owner);
      for (let round = 0; round < 10; round++) {
        const { status, body } = await refresh(fixed, refresh_token);
        expect([status, body.refresh_token]).toEqual([200, refresh_token]);
      }
      await fixed.stop();
    });
  });
});
