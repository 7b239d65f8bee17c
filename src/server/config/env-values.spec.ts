import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { EnvError, readEnv } from './env.js';

const good = randomBytes(48).toString('base64url');

/** One line that names the variable and never its value. */
function expectRefused(name: string, env: NodeJS.ProcessEnv, value = ''): void {
  let fault: unknown;
  try {
    readEnv(env);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(EnvError);
  const { message } = fault as EnvError;
  expect(message).toMatch(new RegExp(`^${name} .*Example: ${name}=.*$`));
  // A short value is also a part of the bounds that the message states.
  if (value.length > 2) expect(message.replace(/Example: .*$/, '')).not.toContain(value);
}

describe('readEnv of a wrong value', () => {
  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', '65536'],
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['HTTP_ADAPTER', 'koa'],
    ['PUBLIC_URL', 'ftp://files.invalid'],
    ['PUBLIC_URL', 'auth.invalid'],
    ['SWAGGER_UI', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'postgres://user:hunter2@db.invalid/x?sslmode=prefer'],
    ['DATABASE_URL', 'sqlite::memory:'],
    ['DATABASE_URL', 'mysql://user:hunter2@'],
    ['DATABASE_TLS', 'maybe'],
    ['DATABASE_CA_FILE', '/nowhere/ca.pem'],
    ['ALLOW_SQLITE_IN_PRODUCTION', '1'],
    ['JWT_ALG', 'none'],
    ['JWT_ALG', 'HS512'],
    ['REFRESH_TOKEN_ROTATION', 'sometimes'],
    ['REFRESH_REUSE_GRACE', '31'],
    ['MAX_SESSIONS', '0'],
    ['MAX_SESSIONS', '1e2'],
    ['TLS_CERT_FILE', '/nowhere/cert.pem'],
    ['TLS_KEY_FILE', '/nowhere/key.pem'],
    ['HTTPS_ONLY', 'TRUE'],
    ['REVOKE_EXPOSED_CREDENTIALS', 'on'],
    ['CORS_ORIGINS', 'https://a.invalid,,https://b.invalid'],
  ])('throws one line that names it and never its value: %s=%s (S-154, S-155)', (name, value) =>
    expectRefused(name, { [name]: value }, value),
  );

  it.each(['9', '4', '16', '12.5', 'twelve'])(
    'does not weaken or overload hashing: BCRYPT_COST=%s (S-05)',
    (cost) => expectRefused('BCRYPT_COST', { BCRYPT_COST: cost }),
  );

  it.each(['7', '0', '-8', '65', '8.5'])(
    'does not go below the floor: PASSWORD_MIN_LENGTH=%s (S-01)',
    (length) => expectRefused('PASSWORD_MIN_LENGTH', { PASSWORD_MIN_LENGTH: length }),
  );

  it.each([
    ['ACCESS_TOKEN_TTL', '86401'],
    ['ACCESS_TOKEN_TTL', '0'],
    ['ACCESS_TOKEN_TTL', '15m'],
    ['REFRESH_TOKEN_TTL', '2592001'],
    ['REFRESH_TOKEN_TTL', '0'],
  ])('does not lengthen a lifetime beyond its bound: %s=%s (S-64)', (name, value) =>
    expectRefused(name, { [name]: value }),
  );

  it.each([
    'all',
    'true',
    '1',
    '*',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8,0.0.0.0/0',
    'uniquelocal',
    'proxy.invalid',
    '10.0.0.0/33',
    '10.0.0.1,',
  ])('trusts neither everybody nor hops nor names: TRUST_PROXY=%s (S-115)', (value) =>
    expectRefused('TRUST_PROXY', { TRUST_PROXY: value }),
  );
});

describe('readEnv of a weak secret', () => {
  const weak = [
    ['short', good.slice(0, 42)],
    ['short for hexadecimal', '0f1e2d3c4b5a6978'.repeat(4).slice(1)],
    ['one letter', 'a'.repeat(64)],
    ['few letters', 'abcabcab'.repeat(8)],
    ['from samples', `your-256-bit-secret${good}`],
    ['a placeholder', `change-me-${good}`],
    ['the product', `gatehouse${good}`],
    ['strong, then weak', `${good},weak`],
    ['strong, then nothing', `${good},`],
    ['nothing, then strong', `,${good}`],
    ['strong, nothing, strong', `${good},,${good}x`],
    ['commas alone', ',,'],
  ] as const;

  it.each(
    ['GATEHOUSE_SECRET', 'JWT_SECRET', 'REFRESH_TOKEN_SECRET', 'PASSWORD_PEPPER'].flatMap((name) =>
      weak.map(([kind, secret]) => [name, kind, secret]),
    ),
  )('refuses %s that is %s, without telling it (S-68, S-154)', (name, _, secret) =>
    expectRefused(name, { [name]: secret }, secret),
  );

  it.each([good, `${good},${good.split('').reverse().join('')}`])(
    'takes a strong one: %s (S-68)',
    (secret) => {
      expect(readEnv({ GATEHOUSE_SECRET: secret }).GATEHOUSE_SECRET).toEqual(secret.split(','));
    },
  );
});

describe('readEnv of nothing', () => {
  it('gives every default, and an empty variable counts as unset (S-155)', () => {
    const env = readEnv({});
    expect(env.NODE_ENV).toBe('development');
    expect(readEnv({ PORT: '', NODE_ENV: '' })).toEqual(env);
  });

  it('trusts no proxy, allows no origin and keeps the safe limits (S-42, S-64, S-115)', () => {
    expect(readEnv({})).toMatchObject({
      TRUST_PROXY: [],
      CORS_ORIGINS: [],
      ACCESS_TOKEN_TTL: 900,
      REFRESH_TOKEN_TTL: 2_592_000,
      BCRYPT_COST: 12,
      PASSWORD_MIN_LENGTH: 15,
      MAX_SESSIONS: 1,
    });
  });
});
