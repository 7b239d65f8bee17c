import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { EnvError, readEnv } from './env.js';
import { ENV_GROUPS } from './env-settings.js';

const SECRET = randomBytes(48).toString('base64');
const OTHER = randomBytes(48).toString('base64');

/** What start-up says to that environment. */
function problem(environment: NodeJS.ProcessEnv): string {
  try {
    readEnv(environment);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    return (error as Error).message;
  }
}

describe('readEnv', () => {
  it('starts with nothing set, and takes an empty variable for unset', () => {
    const env = readEnv({});
    expect(env).toMatchObject({
      NODE_ENV: 'development',
      PORT: 3000,
      BCRYPT_COST: 12,
      ACCESS_TOKEN_TTL: 900,
      REFRESH_TOKEN_TTL: 2_592_000,
      REFRESH_REUSE_GRACE: 30,
      MAX_SESSIONS: 1,
      API_KEY_MAX_SESSIONS: 1,
      PASSWORD_MIN_LENGTH: 15,
      TRUST_PROXY: [],
      CORS_ORIGINS: [],
      HTTPS_ONLY: false,
      isProduction: false,
    });
    expect(readEnv({ PORT: '', TRUST_PROXY: '', NODE_ENV: '' })).toEqual(env);
  });

  it.each([
    ['NODE_ENV', ['Production', 'prod', 'staging', ' production']],
    ['PORT', ['-1', '65536', '3000.5', '3e3', '0x50', 'http', ' 80', '80 ', '٣']],
    ['HTTP_ADAPTER', ['koa', 'Fastify', 'none']],
    ['PUBLIC_URL', ['auth.example.com', 'ftp://example.com', 'javascript:alert(1)', '//x']],
    ['SWAGGER_UI', ['yes', '1', 'TRUE', 'on', ' true']],
    ['LOG_LEVEL', ['verbose', 'info', 'DEBUG']],
    [
      'DATABASE_URL',
      [
        'postgres://x/y',
        'postgres://u@x',
        'sqlite:',
        'sqlite::memory:',
        'sqlite://x',
        'mysql://',
        'mysql://host',
        'mysql://host/',
        'x',
      ],
    ],
    ['DATABASE_TLS', ['true', 'require']],
    ['DATABASE_CA_FILE', ['/no/such/file']],
    ['JWT_ALG', ['none', 'hs256', 'HS512', 'PS256', 'EdDSA']],
    ['ACCESS_TOKEN_TTL', ['0', '-1', '86401', '15m', '1e3', 'Infinity']],
    ['REFRESH_TOKEN_TTL', ['0', '2592001', '30d']],
    ['REFRESH_TOKEN_ROTATION', ['true', 'always']],
    ['REFRESH_REUSE_GRACE', ['-1', '31', '30s']],
    ['MAX_SESSIONS', ['0', '-1', '1001', 'unlimited']],
    ['API_KEY_MAX_SESSIONS', ['0', '-1', '1001', 'unlimited']],
    ['BCRYPT_COST', ['9', '16', '4', '12.5']],
    ['PASSWORD_MIN_LENGTH', ['7', '0', '65']],
    ['TLS_CERT_FILE', ['/no/such/file']],
    ['TLS_KEY_FILE', ['/no/such/file']],
    ['HTTPS_ONLY', ['1', 'no']],
    ['CORS_ORIGINS', ['https://a.example.com,', ',']],
    ['JWT_PRIVATE_KEY_FILE', [',', 'a,,b']],
  ])('stops for a wrong %s, and names it on one line (S-155)', (name, values) => {
    for (const value of values) {
      const message = problem({ [name]: value });
      expect([value, message.startsWith(`${name} `)]).toEqual([value, true]);
      expect(message).toContain(`Example: ${name}=`);
      expect(message).not.toContain('\n');
    }
  });

  it('never repeats a value: it may be a secret in the wrong place (S-154)', () => {
    const messages = Object.values(ENV_GROUPS)
      .flatMap(Object.keys)
      .map((name) => problem({ [name]: 'hunter2' }));
    expect(messages.filter((message) => message !== '').length).toBeGreaterThan(20);
    expect(messages.join('\n')).not.toContain('hunter2');
  });

  it.each(['GATEHOUSE_SECRET', 'JWT_SECRET', 'REFRESH_TOKEN_SECRET', 'PASSWORD_PEPPER'])(
    'stops for a weak %s without telling it (S-154)',
    (name) => {
      for (const value of [
        'short-but-secret',
        `${SECRET},`,
        `${SECRET},hunter2`,
        'changeme'.repeat(8),
      ]) {
        const message = problem({ [name]: value });
        expect(message).toMatch(new RegExp(`^${name} must`));
        for (const part of value.split(',')) if (part) expect(message).not.toContain(part);
      }
      expect(problem({ [name]: `${SECRET}, ${OTHER}` })).toBe('');
    },
  );

  it.each([
    ['GATEHOUSE_SECRET', 'JWT_SECRET'],
    ['GATEHOUSE_SECRET', 'PASSWORD_PEPPER'],
    ['JWT_SECRET', 'REFRESH_TOKEN_SECRET'],
    ['JWT_SECRET', 'PASSWORD_PEPPER'],
    ['REFRESH_TOKEN_SECRET', 'PASSWORD_PEPPER'],
  ])('stops when %s and %s share a value: one key would serve two uses (S-201)', (one, other) => {
    for (const values of [SECRET, `${OTHER},${SECRET}`]) {
      const message = problem({ [one]: SECRET, [other]: values });
      expect(message).toContain(other);
      expect(message).not.toContain(SECRET);
    }
  });
});

describe('readEnv: TRUST_PROXY', () => {
  it.each([
    '10.0.0.1',
    '10.0.0.0/8',
    '10.0.0.0/8, 192.168.0.0/16',
    '::1',
    '2001:db8::/32',
    '127.0.0.0/8,::1',
  ])('takes %s', (value) => {
    expect(problem({ TRUST_PROXY: value })).toBe('');
  });

  it.each([
    'true',
    'all',
    '*',
    '1',
    '2',
    'loopback',
    'uniquelocal',
    'proxy.example.com',
    '10.0.0.1,',
    ',',
    '10.0.0.0/33',
    '10.0.0.1:80',
    '0.0.0.0/0',
    '10.0.0.1,0.0.0.0/0',
    '::/0',
    '::ffff:0:0/96',
    '0.0.0.0/1,128.0.0.0/1',
    '0.0.0.0/0.0.0.0',
    '::/1,8000::/1',
    '2000::/3',
    '128.0.0.0/1',
    '::ffff:0:0/97',
    '64:ff9b::/96',
    '2002::/16',
  ])('stops for %s: names, hop counts and everybody are no list of proxies (S-115)', (value) => {
    for (const NODE_ENV of ['development', 'production']) {
      expect(problem({ TRUST_PROXY: value, NODE_ENV })).toMatch(/^TRUST_PROXY must/);
    }
  });
});

describe('readEnv: what goes together', () => {
  const file = import.meta.filename;

  it.each([
    [{ TLS_CERT_FILE: file }, 'TLS_KEY_FILE'],
    [{ TLS_KEY_FILE: file }, 'TLS_CERT_FILE'],
    [{ OWNER_PASSWORD: 'x' }, 'OWNER_EMAIL'],
    [{ NODE_ENV: 'production' }, 'ALLOW_SQLITE_IN_PRODUCTION'],
    [{ NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'false' }, 'ALLOW_SQLITE_IN_PRODUCTION'],
    [
      { NODE_ENV: 'production', DATABASE_URL: 'mysql://u:p@h/d', OWNER_EMAIL: 'a@example.com' },
      'OWNER_PASSWORD',
    ],
  ])('stops for %j and names %s (S-16, S-155, S-158)', (environment, name) => {
    expect(problem(environment)).toMatch(new RegExp(`^${name} `));
  });

  it('takes both halves of a pair', () => {
    expect(problem({ TLS_CERT_FILE: file, TLS_KEY_FILE: file })).toBe('');
    expect(problem({ OWNER_EMAIL: 'a@example.com', OWNER_PASSWORD: 'x' })).toBe('');
    expect(problem({ NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'true' })).toBe('');
  });
});
