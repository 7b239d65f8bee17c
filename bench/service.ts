import { JwtService } from '@nestjs/jwt';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessTokenIssuer } from '../src/auth/access-tokens/issuer.js';
import { userIdentity } from '../src/auth/identity.js';
import { Clock } from '../src/common/clock.js';
import { BcryptPasswordHasher } from '../src/common/crypto/bcrypt-password-hasher.js';
import { deriveSecrets } from '../src/common/crypto/derived-secrets.js';
import { roomOptions } from '../src/room-options.js';
import { RefreshTokenCodec } from '../src/sessions/refresh-token-codec.js';
import type { BenchDatabase, SeededUser } from './database.ts';
import type { LoadRequest } from './load.ts';
import { startServer, type Server } from './machine.ts';

const SECRET = randomBytes(48).toString('base64url');
const PASSWORD = 'three grey geese in a green field';
const SECRETS = deriveSecrets({
  root: [SECRET],
  accessToken: [],
  refreshToken: [],
  passwordPepper: [],
});

/** Headers of a proxy in front of the service, which trusts it. */
const FORWARDED = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' };
const JSON_BODY = { ...FORWARDED, 'content-type': 'application/json' };

const tokens = new AccessTokenIssuer(
  new JwtService({}),
  roomOptions({ secret: SECRET, accessToken: { lifetime: 86_400 } }, {}).auth,
  new Clock(),
);
const codec = new RefreshTokenCodec(SECRETS.refreshToken);

/** The password hash of every seeded user. */
export function seededPasswordHash(cost: number): Promise<string> {
  return new BcryptPasswordHasher({
    cost,
    peppers: SECRETS.passwordPepper,
    concurrency: 1,
    maxWaitMs: 10_000,
  }).hash(PASSWORD);
}

const thisCheckout = join(import.meta.dirname, '..');

/**
 * Starts the built service in production mode, behind a proxy on this machine.
 *
 * @param checkout the folder whose build is started
 */
export function startService(
  { url }: Pick<BenchDatabase, 'url'>,
  env: Readonly<Record<string, string>> = {},
  checkout = thisCheckout,
): Promise<Server> {
  return startServer(
    startArguments(checkout),
    {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      TRUST_PROXY: '127.0.0.1',
      GATEHOUSE_SECRET: SECRET,
      DATABASE_URL: url,
      ALLOW_SQLITE_IN_PRODUCTION: 'true',
      // All of the load comes from one network.
      LOGIN_FAILURES_PER_IP: '1000000',
      SIGN_UPS_PER_IP: '1000000',
      ...env,
    },
    { path: '/oauth/validate', headers: FORWARDED },
  );
}

/** The arguments that `npm start` passes to Node. */
function startArguments(checkout: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const [, ...args] = scripts.start.split(' ');
  // Outside npm there is no parent to end with.
  return args
    .filter((argument) => !argument.startsWith('--end-with'))
    .map((argument) => argument.replace(/^bundle\//, `${checkout}/bundle/`));
}

/** Requests of seeded users, as a client behind the proxy sends them. */
export const requests = {
  me: (seeded: SeededUser) => get('/oauth/me', accessToken(seeded)),
  /** Only checks whether the token is valid. */
  validate: (seeded: SeededUser) => get('/oauth/validate', accessToken(seeded)),
  apiKey: ({ apiKeyText }: SeededUser) => get('/oauth/me', apiKeyText),
  refresh: ({ session }: SeededUser): LoadRequest => ({
    method: 'POST',
    path: '/oauth/token?grant_type=refresh_token',
    headers: JSON_BODY,
    body: JSON.stringify({
      refresh_token: codec.issue(session.id, session.generation, session.salt ?? ''),
    }),
  }),
  login: ({ user }: SeededUser): LoadRequest => ({
    method: 'POST',
    path: '/oauth/token?grant_type=password',
    headers: {
      ...FORWARDED,
      authorization: `Basic ${Buffer.from(`${user.emailAddress}:${PASSWORD}`).toString('base64')}`,
    },
  }),
  signUp: (index: number): LoadRequest => ({
    method: 'POST',
    path: '/api/v1/account',
    headers: JSON_BODY,
    body: JSON.stringify({
      account_name: 'Bench Ltd',
      full_name: 'Grace Hopper',
      email_address: `new${index}.${randomBytes(6).toString('hex')}@bench.example`,
      password: PASSWORD,
      country: 'GBR',
      terms: true,
    }),
  }),
};

function get(path: string, bearer: string): LoadRequest {
  return { method: 'GET', path, headers: { ...FORWARDED, authorization: `Bearer ${bearer}` } };
}

/** Tokens by user: a client uses its token until it expires. */
const issued = new WeakMap<SeededUser, string>();

function accessToken(seeded: SeededUser): string {
  const known = issued.get(seeded) ?? newAccessToken(seeded);
  issued.set(seeded, known);
  return known;
}

function newAccessToken({ user, account, session }: SeededUser): string {
  const { id, type, accountId, role, name, sub } = userIdentity(user);
  return tokens.issue(
    {
      account_id: accountId,
      id,
      is_account_verified: account.isVerified,
      name,
      scope: [role],
      sid: session.id,
      sub,
      subject: sub,
      type,
    },
    session.expiresAt,
  ).token;
}
