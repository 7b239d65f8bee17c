import { availableParallelism } from 'node:os';
import type { AccessOptions } from './access/access-options.js';
import type { ApiKeysOptions } from './api-keys/api-keys-options.js';
import type { AuthOptions } from './auth/auth-options.js';
import {
  asymmetricSigningKey,
  hmacSigningKey,
  type SigningKey,
} from './auth/access-tokens/signing-keys.js';
import { findSharedSecret, secretFault } from './common/crypto/secret-strength.js';
import { BcryptPasswordHasher } from './common/crypto/bcrypt-password-hasher.js';
import { deriveSecrets, type Secrets } from './common/crypto/derived-secrets.js';
import { isKeyId, KEY_ID_FAULT, keyId } from './common/crypto/key-derivation.js';
import type { PasswordHasher } from './common/crypto/password-hasher.js';
import { StartError } from './common/errors/start.error.js';
import type { Mailer } from './mail/mailer.js';
import type { PagingOptions } from './common/paging/pages.js';
import { PUBLIC_URL_FAULT, publicUrlOf } from './common/public-url.js';
import {
  DEFAULT_TOKEN_PARTY,
  numberFault,
  ROTATIONS,
  SETTINGS,
  type NumberSetting,
} from './common/settings.js';
import { proxiesFault } from './common/transport/trusted-proxies.js';
import type { TransportOptions } from './common/transport/transport-policy.js';
import type { GatehouseOptions, GatehouseSetup, SecretList } from './gatehouse-options.js';
import type { KeysOptions } from './keys/keys-options.js';
import type { ScopesOptions } from './scopes/scopes-options.js';
import type { SessionsOptions } from './sessions/sessions-options.js';
import type { UsersOptions } from './users/users-options.js';

const HASH_MAX_WAIT_MS = 4_000;

/** The options of every room. */
export interface RoomOptions {
  readonly access: AccessOptions;
  readonly apiKeys: ApiKeysOptions;
  readonly auth: AuthOptions;
  readonly hasher: PasswordHasher;
  readonly keys: KeysOptions;
  readonly mailer: Mailer | null;
  readonly paging: PagingOptions;
  readonly sessions: SessionsOptions;
  readonly transport: TransportOptions;
  readonly users: UsersOptions;
}

/**
 * What a host set, checked, with a default for what it left out.
 *
 * @throws StartError naming the first option with a wrong value, never the value (S-154)
 */
export function roomOptions(
  options: GatehouseOptions,
  { denyByDefault = false }: GatehouseSetup,
): RoomOptions {
  const { accessToken = {}, session = {}, password = {}, apiKey = {} } = options;
  const secrets = secretsOf(options);
  const jwtKeys = signingKeys(options, secrets.accessToken);
  return {
    access: {
      explainsRefusals: options.explainsRefusals ?? false,
      deniesUndeclared: denyByDefault,
    },
    apiKeys: {
      secretKeys: secrets.apiKeySecret,
      maxPerAccount: number(
        'apiKey.maxPerAccount',
        apiKey.maxPerAccount,
        SETTINGS.maxApiKeysPerAccount,
      ),
      maxPerCreator: number(
        'apiKey.maxPerCreator',
        apiKey.maxPerCreator,
        SETTINGS.maxApiKeysPerCreator,
      ),
    },
    auth: {
      signingKeys: jwtKeys,
      issuer: accessToken.issuer ?? DEFAULT_TOKEN_PARTY,
      audience: accessToken.audience ?? DEFAULT_TOKEN_PARTY,
      accessTokenLifetimeMs:
        number('accessToken.lifetime', accessToken.lifetime, SETTINGS.accessTokenLifetime) * 1000,
      claims: accessToken.claims,
    },
    hasher:
      password.hasher ??
      new BcryptPasswordHasher({
        cost: number('password.bcryptCost', password.bcryptCost, SETTINGS.bcryptCost),
        peppers: secrets.passwordPepper,
        concurrency: availableParallelism(),
        maxWaitMs: HASH_MAX_WAIT_MS,
      }),
    keys: {
      keyIds: {
        // A host's own hasher does without pepper.
        password_pepper: password.hasher ? [] : secrets.passwordPepper.map(keyId),
        refresh_token: secrets.refreshToken.map(keyId),
        access_token: jwtKeys.map(({ id }) => id),
      },
      acceptLost: keyIds('acceptLostKeys', options.acceptLostKeys),
    },
    mailer: options.mailer ?? null,
    paging: { cursorKeys: secrets.cursor, publicUrl: publicUrl(options.publicUrl) },
    sessions: {
      refreshTokenKeys: secrets.refreshToken,
      lifetimeMs: number('session.lifetime', session.lifetime, SETTINGS.sessionLifetime) * 1000,
      rotation: oneOf('session.rotation', session.rotation ?? 'auto', ROTATIONS),
      reuseGraceMs: number('session.reuseGrace', session.reuseGrace, SETTINGS.reuseGrace) * 1000,
      maxSessions: number('session.max', session.max, SETTINGS.maxSessions),
      maxApiKeySessions: number(
        'apiKey.maxSessions',
        apiKey.maxSessions,
        SETTINGS.maxApiKeySessions,
      ),
    },
    transport: transport(options),
    users: {
      passwordMinLength: number(
        'password.minLength',
        password.minLength,
        SETTINGS.passwordMinLength,
      ),
    },
  };
}

/** The scopes that a host added, one set or several. */
export function scopesOptions({ scopes = [] }: GatehouseSetup): ScopesOptions {
  return { host: 'scopes' in scopes ? [scopes] : scopes };
}

function transport({ transport: settings = {} }: GatehouseOptions): TransportOptions {
  const { trustProxy = [], https = 'except_loopback', revokesExposed = true } = settings;
  const fault = proxiesFault(trustProxy);
  if (fault !== undefined) throw wrong('transport.trustProxy', fault);
  const choices = ['required', 'except_loopback', 'unchecked'] as const;
  return { trustProxy, https: oneOf('transport.https', https, choices), revokesExposed };
}

function secretsOf({ secret, accessToken, session, password }: GatehouseOptions): Secrets {
  const lists = {
    secret: listOf(secret),
    'accessToken.secret': listOf(accessToken?.secret),
    'session.secret': listOf(session?.secret),
    'password.pepper': listOf(password?.pepper),
  };
  for (const [name, list] of Object.entries(lists)) {
    if (!Array.isArray(list)) throw wrong(name, 'must be text or a list of texts');
    for (const each of list) {
      const fault = secretFault(each);
      if (fault !== undefined) throw wrong(name, fault);
    }
  }
  const shared = findSharedSecret(lists);
  if (shared) throw wrong(shared, 'must not hold a value that another secret has');
  const overrides = Object.values(lists).slice(1);
  if (lists.secret.length === 0 && overrides.some((list) => list.length === 0)) {
    throw wrong(
      'secret',
      'is missing: at least 256 random bits, as `openssl rand -base64 48` gives',
    );
  }
  return deriveSecrets({
    root: lists.secret,
    accessToken: lists['accessToken.secret'],
    refreshToken: lists['session.secret'],
    passwordPepper: lists['password.pepper'],
  });
}

function signingKeys(
  { accessToken = {} }: GatehouseOptions,
  secrets: readonly Uint8Array[],
): SigningKey[] {
  const { algorithm = 'HS256', privateKeys = [] } = accessToken;
  if (algorithm === 'HS256') return secrets.map((secret) => hmacSigningKey(secret));
  oneOf('accessToken.algorithm', algorithm, ['ES256', 'RS256']);
  if (privateKeys.length === 0) {
    throw wrong('accessToken.privateKeys', `is missing beside ${algorithm}`);
  }
  return privateKeys.map((pem) => {
    try {
      return asymmetricSigningKey(pem, algorithm);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unreadable';
      throw wrong('accessToken.privateKeys', `does not fit the algorithm: ${reason}`);
    }
  });
}

function keyIds(name: string, ids: readonly string[] = []): readonly string[] {
  if (ids.every((id) => isKeyId(id))) return ids;
  throw wrong(name, KEY_ID_FAULT);
}

function publicUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const parsed = publicUrlOf(url);
  if (parsed === undefined) throw wrong('publicUrl', PUBLIC_URL_FAULT);
  return parsed;
}

function listOf(secret: SecretList | undefined): readonly string[] {
  if (secret === undefined) return [];
  return typeof secret === 'string' ? [secret] : secret;
}

function number(name: string, value: number | undefined, setting: NumberSetting): number {
  const chosen = value ?? setting.default;
  const fault = numberFault(chosen, setting);
  if (fault !== undefined) throw wrong(name, fault);
  return chosen;
}

function oneOf<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw wrong(name, `must be one of ${choices.join(', ')}`);
}

function wrong(name: string, problem: string): StartError {
  return new StartError(`GatehouseModule: option ${name} ${problem}`);
}
