import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../../../test/support/unit.js';
import { clientCredentials, signInCredentials } from './grant-credentials.js';
import type { TokenRequest } from './grant.js';

const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;

const HEADERS = {
  none: undefined,
  'an empty client': 'Basic Og==',
  'a pair': basic('key-1:secret-1'),
  'another scheme': 'Bearer a.b.c',
  malformed: 'Basic %%%',
} as const;
const USER = { username: 'ada@example.com', password: 'geese' };
const CLIENT = { clientPair: { id: 'key-2', secret: 'secret-2' } };
const BODIES = { none: {}, 'a user': USER, 'a client': CLIENT, both: { ...USER, ...CLIENT } };

type Header = keyof typeof HEADERS;
type Body = keyof typeof BODIES;

function requestOf(body: Body, authorization: string | undefined): TokenRequest {
  const none = { username: undefined, password: undefined, clientPair: undefined };
  return { refreshToken: undefined, scope: undefined, authorization, ...none, ...BODIES[body] };
}

const USERS = { takesUser: true };
const KEYS_ALONE = { takesUser: false };

/** The key or username that is used, or the code of the refusal. */
async function outcome(work: () => unknown): Promise<unknown> {
  let found: unknown;
  try {
    found = work();
  } catch {
    return (await refusalOf(work)).entry.code;
  }
  const { kind, key, username } = (found ?? { kind: 'nobody' }) as Record<string, string>;
  return key ?? username ?? kind;
}

/** Header × body: none, a user's pair, a client's pair, both (S-193). */
const PASSWORD: Record<Header, readonly [unknown, unknown, unknown, unknown]> = {
  none: [40101, 'ada@example.com', 'key-2', 40001],
  'an empty client': [40101, 'ada@example.com', 'key-2', 40001],
  'a pair': ['key-1', 40001, 40001, 40001],
  'another scheme': [40101, 40001, 40001, 40001],
  malformed: [40101, 40101, 40101, 40101],
};
const CLIENT_CREDENTIALS: typeof PASSWORD = {
  none: [40101, 40001, 'key-2', 40001],
  'an empty client': [40101, 40001, 'key-2', 40001],
  'a pair': ['key-1', 40001, 40001, 40001],
  'another scheme': [40101, 40001, 40001, 40001],
  malformed: [40101, 40101, 40101, 40101],
};
/** Header × body of a refresh: none, a client's pair (S-194). */
const REFRESH: Record<Header, readonly [unknown, unknown]> = {
  none: ['nobody', 'key-2'],
  'an empty client': ['nobody', 'key-2'],
  'a pair': ['key-1', 40001],
  'another scheme': ['nobody', 'key-2'],
  malformed: [40101, 40101],
};

describe('signInCredentials', () => {
  const bodies = Object.keys(BODIES) as Body[];
  const cells = (table: typeof PASSWORD, grantType: string, taken: typeof USERS) =>
    (Object.keys(HEADERS) as Header[]).flatMap((header) =>
      bodies.map((body, index) => [grantType, header, body, table[header][index], taken] as const),
    );

  it.each([
    ...cells(PASSWORD, 'password', USERS),
    ...cells(CLIENT_CREDENTIALS, 'client_credentials', KEYS_ALONE),
  ])('at %s, with %s in the header and %s in the body, gives %s (S-193)', async (...cell) => {
    const [, header, body, expected, taken] = cell;
    const request = requestOf(body, HEADERS[header]);
    expect(await outcome(() => signInCredentials(request, taken))).toBe(expected);
  });

  it('never treats an address in client_id as a user (RFC 6749 §2.3.1)', () => {
    const clientPair = { id: 'ada@example.com', secret: 'geese' };
    const request = { ...requestOf('none', undefined), clientPair };
    expect(signInCredentials(request, USERS)).toEqual({
      kind: 'api_key',
      key: 'ada@example.com',
      secret: 'geese',
    });
  });

  it.each([
    'Basic',
    'basic\tYTpi',
    'Basic  YTpi',
    'Basic YTpi YTpi',
    basic('no colon'),
    basic('a:b\u0000'),
    basic('a\r\n:b'),
    basic(Buffer.from([0x61, 0x3a, 0xff])),
  ])('refuses %j as an invalid client at every grant (S-36 … S-38)', async (authorization) => {
    for (const work of [
      () => signInCredentials(requestOf('a user', authorization), USERS),
      () => signInCredentials(requestOf('none', authorization), KEYS_ALONE),
      () => clientCredentials(requestOf('none', authorization)),
    ]) {
      const { entry, headers } = await refusalOf(work);
      expect([entry.code, entry.oauthError]).toEqual([40101, 'invalid_client']);
      expect(headers['WWW-Authenticate']).toMatch(/^Basic /);
    }
  });
});

describe('clientCredentials', () => {
  it.each(
    (Object.keys(HEADERS) as Header[]).flatMap((header) =>
      (['none', 'a client'] as const).map(
        (body, index) => [header, body, REFRESH[header][index]] as const,
      ),
    ),
  )('with %s in the header and %s in the body finds %s (S-194)', async (header, body, expected) => {
    const request = requestOf(body, HEADERS[header]);
    expect(await outcome(() => clientCredentials(request))).toBe(expected);
  });
});
