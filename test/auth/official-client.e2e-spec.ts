import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { basic, rawExchange } from '../support/http.js';
import { newKey, newOwner } from '../support/members.js';
import { claimsOf, resigned } from '../support/claims.js';
import { startService, type TestService } from '../support/service.js';
import { refresh, sendAndHangUp } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

/** Known to the tests, so that they can sign an expired token instead of waiting for one. */
const JWT_SECRET = randomBytes(48).toString('base64url');

/** A request as Go's net/http writes it: these headers, in this order. */
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
  let credentials: Record<'user' | 'key', Pick<TestUser, 'email' | 'password'>>;

  beforeAll(async () => {
    service = await startService({ target, env: { JWT_SECRET } });
    const owner = await newOwner(service);
    user = owner;
    const { key, secret } = await newKey(service, owner);
    credentials = { user, key: { email: key, password: secret } };
  });

  async function exchange(method: string, path: string, headers: string[], body?: string) {
    const bytes = goRequest(method, path, headers, body);
    return parse(await rawExchange(service, bytes, { quietMs: 0 }));
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

  /** A refresh as the client sends it: with its first refresh token and its newest access token. */
  function refreshing(refreshToken: string, bearer: string): Parameters<typeof goRequest> {
    const json = JSON.stringify({ refresh_token: refreshToken });
    return [
      'POST',
      '/oauth/token?grant_type=refresh_token',
      [
        `Content-Length: ${json.length}`,
        `Authorization: Bearer ${bearer}`,
        'Content-Type: application/json',
      ],
      json,
    ];
  }

  /** The token as it is an hour later; the client learns from validate that it has expired. */
  async function expire(bearer: string): Promise<string> {
    const { iat, exp } = claimsOf(bearer);
    const claims = { iat: Number(iat) - 3600, exp: Number(exp) - 3600 };
    const expired = resigned(bearer, JWT_SECRET, { claims });
    const headers = [`Authorization: Bearer ${expired}`];
    const { status, body } = await exchange('GET', '/oauth/validate', headers);
    expect([status, body['code']]).toEqual([401, 40104]);
    return expired;
  }

  /** Closes the connection without reading the answer, once the refresh is stored. */
  async function refreshWithoutReading(refreshToken: string, bearer: string): Promise<void> {
    const { sid } = claimsOf(bearer);
    const steps = async () => {
      const [row] = await service.database.query(
        'SELECT access_generation FROM refresh_tokens WHERE id = ?',
        [sid],
      );
      return Number(row?.access_generation);
    };
    const before = await steps();
    const bytes = goRequest(...refreshing(refreshToken, bearer));
    await sendAndHangUp(service, bytes, async () => (await steps()) === before + 1);
  }

  async function letGracePass(): Promise<void> {
    await service.database.query(
      'UPDATE refresh_tokens SET rotated_at = rotated_at - 60000, stepped_at = stepped_at - 60000',
    );
  }

  it.each(['user', 'key'] as const)(
    'stays signed in over three expiries with its first refresh token: a %s (contract §3, S-194)',
    async (holder) => {
      const { refresh_token: first, ...tokens } = await signIn(service, credentials[holder]);
      let bearer = tokens.access_token;
      for (let expiry = 0; expiry < 3; expiry++) {
        const expired = await expire(bearer);
        // A client that lost the answer repeats the request with its old tokens.
        if (expiry === 1) await refreshWithoutReading(first, expired);
        const { status, body } = await exchange(...refreshing(first, expired));
        expect([status, body['refresh_token']]).toEqual([200, first]);
        bearer = String(body['access_token']);
        const me = await exchange('GET', '/oauth/me', [`Authorization: Bearer ${bearer}`]);
        expect(me.status).toBe(200);
        await letGracePass();
      }
    },
  );

  it.each([
    ['user', 'Bearer '],
    ['user', 'Bearer'],
    ['key', 'Bearer '],
    ['key', 'Bearer'],
  ] as const)('treats an empty bearer as absent: a %s, "%s" (S-194)', async (holder, value) => {
    const { refresh_token: first } = await signIn(service, credentials[holder]);
    const [method, path, headers, json] = refreshing(first, '');
    const emptied = headers.map((header) =>
      header.startsWith('Authorization') ? `Authorization: ${value}` : header,
    );
    const { status, body } = await exchange(method, path, emptied, json);
    expect(status).toBe(200);
    expect(body['refresh_token'] === first).toBe(holder === 'key');
  });

  it('gets a refusal as an integer code and a message, beside those of RFC 6749', async () => {
    const { status, body } = await exchange('POST', '/oauth/token?grant_type=password', [
      'Content-Length: 0',
      `Authorization: ${basic(user.email, 'not the password')}`,
      'Content-Type: application/json',
    ]);
    expect([status, body]).toEqual([
      403,
      {
        code: 40102,
        message: 'Username and password are incorrect',
        error: 'invalid_grant',
        error_description: 'Username and password are incorrect',
      },
    ]);
  });

  // What neither engine nor adapter changes.
  if (target.database !== 'sqlite') return;

  describe('with REFRESH_TOKEN_ROTATION=off', () => {
    it('refreshes ten times with its first token', async () => {
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
