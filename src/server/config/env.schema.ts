import { makeValidator } from 'envalid';
import { isKeyId, KEY_ID_FAULT } from '../../common/crypto/key-derivation.js';
import { secretFault } from '../../common/crypto/secret-strength.js';
import { DEFAULT_TOKEN_PARTY, ROTATIONS, SETTINGS } from '../../common/settings.js';
import { proxiesFault } from '../../common/transport/trusted-proxies.js';
import {
  EMPTY_ITEM_FAULT,
  flag,
  httpUrl,
  integer,
  list,
  oneOf,
  readableFile,
  seconds,
  setting,
  text,
} from './validators.js';

const secrets = makeValidator<readonly string[]>((input) => {
  const items = input.split(',').map((item) => item.trim());
  if (items.includes('')) throw new Error(EMPTY_ITEM_FAULT);
  for (const item of items) {
    const fault = secretFault(item);
    if (fault !== undefined) throw new Error(fault);
  }
  return items;
});

const keyIds = makeValidator<readonly string[]>((input) => {
  const items = input.split(',').map((item) => item.trim());
  if (!items.every((item) => isKeyId(item))) throw new Error(KEY_ID_FAULT);
  return items;
});

const databaseUrl = makeValidator<string>((input) => {
  const isSqlite = /^sqlite:(?!\/\/)(?!:memory:)./.test(input);
  const isMysql = /^(mysql|mariadb):\/\/[^/]+\/[^/?]+/.test(input) && URL.canParse(input);
  if (!isSqlite && !isMysql) {
    throw new Error('must be sqlite:<file> or mysql://<user>:<password>@<host>:<port>/<database>');
  }
  return input;
});

const proxies = makeValidator<readonly string[]>((input) => {
  const items = input.split(',').map((item) => item.trim());
  const fault = proxiesFault(items);
  if (fault !== undefined) throw new Error(fault);
  return items;
});

const environment = oneOf('development', 'test', 'production');
const port = integer(0, 65_535);
const adapter = oneOf('fastify', 'express');
const logLevel = oneOf('debug', 'log', 'warn', 'error');
const shutdownDelay = seconds(0, 300);
const shutdownTimeout = seconds(1, 600);
const databaseWait = seconds(0, 3_600);
const databaseTls = oneOf('auto', 'on', 'off');
const algorithm = oneOf('HS256', 'ES256', 'RS256');
const accessTokenSeconds = setting(SETTINGS.accessTokenLifetime);
const sessionSeconds = setting(SETTINGS.sessionLifetime);
const rotation = oneOf(...ROTATIONS);
const graceSeconds = setting(SETTINGS.reuseGrace);
const sessionCount = setting(SETTINGS.maxSessions);
const apiKeySessionCount = setting(SETTINGS.maxApiKeySessions);
const bcryptCost = setting(SETTINGS.bcryptCost);
const passwordLength = setting(SETTINGS.passwordMinLength);

/** Every variable: its form, its default, one line of meaning and an example. `.env.example` says the same. */
export const ENV_SCHEMA = {
  NODE_ENV: environment({
    desc: 'production refuses weak settings and plain HTTP',
    default: 'development',
    example: 'production',
  }),
  PORT: port({ desc: 'port to listen on; 0: any free one', default: 3000, example: '3000' }),
  HOST: text({
    desc: 'address to listen on; 127.0.0.1, in production 0.0.0.0',
    default: undefined,
    example: '0.0.0.0',
  }),
  HTTP_ADAPTER: adapter({
    desc: 'HTTP framework',
    default: 'fastify',
    example: 'express',
  }),
  PUBLIC_URL: httpUrl({
    desc: 'where clients reach this service, for links and the API description',
    default: undefined,
    example: 'https://auth.example.com',
  }),
  SWAGGER_UI: flag({
    desc: 'serve /docs and /docs-json; true, in production false',
    default: undefined,
    example: 'true',
  }),
  SHUTDOWN_DELAY: shutdownDelay({
    desc: 'seconds from SIGTERM in which requests are still taken while readiness is 503',
    default: 0,
    example: '5',
  }),
  SHUTDOWN_TIMEOUT: shutdownTimeout({
    desc: 'seconds after that in which running requests may finish; the rest is cut off, exit code 1',
    default: 10,
    example: '25',
  }),
  LOG_LEVEL: logLevel({
    desc: 'least important messages to log',
    default: 'log',
    example: 'warn',
  }),

  DATABASE_URL: databaseUrl({
    desc: 'SQLite file or MySQL/MariaDB server',
    default: 'sqlite:./data/gatehouse.sqlite',
    example: 'mysql://gatehouse:<password>@db.example.com:3306/gatehouse',
  }),
  DATABASE_WAIT: databaseWait({
    desc: 'seconds that a start waits for a database which cannot be reached; 0: not at all',
    default: 30,
    example: '120',
  }),
  DATABASE_TLS: databaseTls({
    desc: 'TLS with certificate check to the database; auto: to every host but this one',
    default: 'auto',
    example: 'on',
  }),
  DATABASE_CA_FILE: readableFile({
    desc: "certificate of the database's authority, PEM; without it the system's authorities count",
    default: undefined,
    example: '/etc/gatehouse/db-ca.pem',
  }),
  DATA_DIR: text({
    desc: 'folder for what is generated: the development secret and keys',
    default: './data',
    example: '/var/lib/gatehouse',
  }),
  ALLOW_SQLITE_IN_PRODUCTION: flag({
    desc: 'SQLite serves one process on one machine; say true when that is meant',
    default: false,
    example: 'true',
  }),

  GATEHOUSE_SECRET: secrets({
    desc: 'at least 256 random bits, from which every key is derived; a comma-separated list rotates it: the first makes, all check',
    default: undefined,
    example: '$(openssl rand -base64 48)',
  }),
  JWT_SECRET: secrets({
    desc: 'HS256 secret, in place of the derived one; list as above',
    default: undefined,
    example: '$(openssl rand -base64 48)',
  }),
  REFRESH_TOKEN_SECRET: secrets({
    desc: 'secret of refresh tokens, in place of the derived one; list as above',
    default: undefined,
    example: '$(openssl rand -base64 48)',
  }),
  PASSWORD_PEPPER: secrets({
    desc: 'secret in every password hash, in place of the derived one; list as above. Losing it loses every password',
    default: undefined,
    example: '$(openssl rand -base64 48)',
  }),
  ACCEPT_LOST_KEYS: keyIds({
    desc: 'ids of keys whose loss is meant, as the start that it stops names them: their passwords and sessions are given up',
    default: [],
    example: '0123456789abcdef',
  }),
  JWT_ALG: algorithm({
    desc: 'algorithm of access tokens; ES256 and RS256 publish /.well-known/jwks.json',
    default: 'HS256',
    example: 'ES256',
  }),
  JWT_PRIVATE_KEY_FILE: list({
    desc: 'private keys for ES256 or RS256, PEM; a comma-separated list rotates them: the first signs, all check',
    default: undefined,
    example: '/etc/gatehouse/jwt-es256.pem',
  }),
  JWT_ISSUER: text({
    desc: 'iss of access tokens',
    default: DEFAULT_TOKEN_PARTY,
    example: 'https://auth.example.com',
  }),
  JWT_AUDIENCE: text({
    desc: 'aud of access tokens',
    default: DEFAULT_TOKEN_PARTY,
    example: 'https://api.example.com',
  }),

  ACCESS_TOKEN_TTL: accessTokenSeconds({
    desc: 'lifetime of an access token in seconds, at most 24 h',
    default: SETTINGS.accessTokenLifetime.default,
    example: '900',
  }),
  REFRESH_TOKEN_TTL: sessionSeconds({
    desc: 'lifetime of a session in seconds from the grant, whatever is refreshed; at most 30 days',
    default: SETTINGS.sessionLifetime.default,
    example: '604800',
  }),
  REFRESH_TOKEN_ROTATION: rotation({
    desc: 'a new refresh token at each use; auto: only where the newest access token does not come along, and not for API keys; off: never',
    default: 'auto',
    example: 'on',
  }),
  REFRESH_REUSE_GRACE: graceSeconds({
    desc: 'seconds in which the tokens before a refresh give the same pair again; 0: off',
    default: SETTINGS.reuseGrace.default,
    example: '10',
  }),
  MAX_SESSIONS: sessionCount({
    desc: 'live sessions of one user; a new sign-in ends the oldest beyond that',
    default: SETTINGS.maxSessions.default,
    example: '5',
  }),
  API_KEY_MAX_SESSIONS: apiKeySessionCount({
    desc: 'the same of one API key, whose workers may sign in each for itself; client_credentials ends none',
    default: SETTINGS.maxApiKeySessions.default,
    example: '20',
  }),
  BCRYPT_COST: bcryptCost({
    desc: "bcrypt's cost",
    default: SETTINGS.bcryptCost.default,
    example: '12',
  }),
  PASSWORD_MIN_LENGTH: passwordLength({
    desc: 'shortest new password, in characters',
    default: SETTINGS.passwordMinLength.default,
    example: '12',
  }),

  TLS_CERT_FILE: readableFile({
    desc: 'certificate chain, PEM; with TLS_KEY_FILE the service ends TLS itself',
    default: undefined,
    example: '/etc/gatehouse/tls.crt',
  }),
  TLS_KEY_FILE: readableFile({
    desc: 'private key of the certificate, PEM',
    default: undefined,
    example: '/etc/gatehouse/tls.key',
  }),
  TRUST_PROXY: proxies({
    desc: 'addresses and networks of the proxies whose X-Forwarded-* count; none by default',
    default: [],
    example: '10.0.0.0/8',
  }),
  HTTPS_ONLY: flag({
    desc: 'refuse plain HTTP from this machine too; true in production',
    default: false,
    example: 'true',
  }),
  REVOKE_EXPOSED_CREDENTIALS: flag({
    desc: 'end the session of a token that came by plain HTTP from elsewhere; false, in production true',
    default: undefined,
    example: 'true',
  }),
  CORS_ORIGINS: list({
    desc: 'origins whose pages may call the API; none by default',
    default: [],
    example: 'https://app.example.com',
  }),

  OWNER_EMAIL: text({
    desc: 'first owner, made when the database is empty; outside production owner@example.com',
    default: undefined,
    example: 'ada@example.com',
  }),
  OWNER_PASSWORD: text({
    desc: "the first owner's password; outside production one is generated and printed once",
    default: undefined,
    example: '<a long passphrase>',
  }),
};
