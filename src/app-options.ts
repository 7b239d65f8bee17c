import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { AccessOptions } from './access/access-options.js';
import type { ApiKeysOptions } from './api-keys/api-keys-options.js';
import type { AuthOptions } from './auth/auth-options.js';
import { asymmetricSigningKey, hmacSigningKey, type SigningKey } from './auth/signing-keys.js';
import { EnvError, type Env } from './common/config/env.js';
import { readPrivateKeys, readSecrets } from './common/config/secrets.js';
import type { PasswordHasherOptions } from './common/crypto/password-hasher.js';
import type { PagingOptions } from './common/paging/pages.js';
import type { DatabaseOptions } from './database/data-source-options.js';
import type { ScopesOptions } from './scopes/scopes-options.js';
import type { SessionsOptions } from './sessions/sessions-options.js';
import type { UsersOptions } from './users/users-options.js';

const HASH_MAX_WAIT_MS = 4_000;
const MAX_API_KEYS_PER_ACCOUNT = 100;
const MAX_API_KEYS_PER_CREATOR = 50;

/** The options of every room, as the environment has them. */
export interface AppOptions {
  readonly access: AccessOptions;
  readonly apiKeys: ApiKeysOptions;
  readonly auth: AuthOptions;
  readonly paging: PagingOptions;
  readonly passwords: PasswordHasherOptions;
  readonly scopes: ScopesOptions;
  readonly sessions: SessionsOptions;
  readonly users: UsersOptions;
}

export function appOptions(env: Env): AppOptions {
  const secrets = readSecrets(env);
  return {
    access: { explainsRefusals: !env.isProduction },
    apiKeys: {
      secretKeys: secrets.apiKeySecret,
      maxPerAccount: MAX_API_KEYS_PER_ACCOUNT,
      maxPerCreator: MAX_API_KEYS_PER_CREATOR,
    },
    auth: {
      signingKeys: signingKeys(env, secrets.accessToken),
      issuer: env.JWT_ISSUER,
      audience: env.JWT_AUDIENCE,
      accessTokenLifetimeMs: env.ACCESS_TOKEN_TTL * 1000,
    },
    paging: { cursorKeys: secrets.cursor, publicUrl: env.PUBLIC_URL },
    passwords: {
      cost: env.BCRYPT_COST,
      peppers: secrets.passwordPepper,
      concurrency: availableParallelism(),
      maxWaitMs: HASH_MAX_WAIT_MS,
    },
    scopes: { host: [] },
    sessions: {
      refreshTokenKeys: secrets.refreshToken,
      lifetimeMs: env.REFRESH_TOKEN_TTL * 1000,
      rotation: env.REFRESH_TOKEN_ROTATION,
      reuseGraceMs: env.REFRESH_REUSE_GRACE * 1000,
      maxSessions: env.MAX_SESSIONS,
    },
    users: { passwordMinLength: env.PASSWORD_MIN_LENGTH },
  };
}

export function databaseOptions(env: Env): DatabaseOptions {
  return { url: env.DATABASE_URL, tls: env.DATABASE_TLS, caFile: env.DATABASE_CA_FILE };
}

/**
 * Certificate and key of the service's own TLS; `undefined` behind a proxy or on a laptop.
 *
 * @throws EnvError when one is unreadable or they do not belong together
 */
export function tlsFiles(env: Env): { cert: Buffer; key: Buffer } | undefined {
  if (env.TLS_CERT_FILE === undefined || env.TLS_KEY_FILE === undefined) return undefined;
  const cert = readPem('TLS_CERT_FILE', env.TLS_CERT_FILE, (pem) => ({ cert: pem }));
  const key = readPem('TLS_KEY_FILE', env.TLS_KEY_FILE, (pem) => ({ cert, key: pem }));
  return { cert, key };
}

function readPem(
  name: 'TLS_CERT_FILE' | 'TLS_KEY_FILE',
  file: string,
  contextWith: (pem: Buffer) => SecureContextOptions,
): Buffer {
  try {
    const pem = readFileSync(file);
    createSecureContext(contextWith(pem));
    return pem;
  } catch {
    const content = name === 'TLS_CERT_FILE' ? 'certificate' : 'private key of the certificate';
    throw new EnvError(name, `names a file that holds no readable ${content}`);
  }
}

function signingKeys(env: Env, secrets: readonly Uint8Array[]): SigningKey[] {
  const algorithm = env.JWT_ALG;
  if (algorithm === 'HS256') return secrets.map((secret) => hmacSigningKey(secret));
  return readPrivateKeys(env, algorithm).map((pem) => {
    try {
      return asymmetricSigningKey(pem, algorithm);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unreadable';
      throw new EnvError('JWT_PRIVATE_KEY_FILE', `does not fit JWT_ALG: ${reason}`);
    }
  });
}
