import { availableParallelism } from 'node:os';
import type { AccessOptions } from './access/access-options.js';
import type { AuditOptions } from './audit/audit-options.js';
import type { ApiKeysOptions } from './api-keys/api-keys-options.js';
import type { SealOptions } from './audit/seal/seal-options.js';
import type { AuthOptions } from './auth/auth-options.js';
import {
  asymmetricSigningKey,
  hmacSigningKey,
  type SigningKey,
} from './auth/access-tokens/signing-keys.js';
import { findSharedSecret, secretFault } from './common/crypto/secret-strength.js';
import { BcryptPasswordHasher } from './common/crypto/bcrypt-password-hasher.js';
import { deriveSecrets, type Secrets } from './common/crypto/derived-secrets.js';
import { keyId } from './common/crypto/key-derivation.js';
import type { PasswordHasher } from './common/crypto/password-hasher.js';
import { messageOf } from './common/errors/message-of.js';
import { StartError } from './common/errors/start.error.js';
import type { PagingOptions } from './common/paging/pages.js';
import { nested, valueAt, type Setting } from './common/settings/setting.js';
import { changedSettings, SETTINGS, type RoomSettings } from './common/settings/settings.js';
import type { TransportOptions } from './common/transport/transport-policy.js';
import type { GatehouseOptions, GatehouseSetup, SecretList } from './gatehouse-options.js';
import type { KeysOptions } from './keys/keys-options.js';
import type { LinksOptions } from './links/links-options.js';
import { configuredMail } from './mail/configured-mail.js';
import type { MailOptions } from './mail/mail-options.js';
import type { RecoveryOptions } from './recovery/recovery-options.js';
import type { ScopesOptions } from './scopes/scopes-options.js';
import type { SessionsOptions } from './sessions/sessions-options.js';
import { ownRedis } from './throttling/own-redis.js';
import type { RedisClient } from './throttling/redis-client.js';
import type { SharedRedis } from './throttling/shared-store.js';
import type { ThrottlingOptions } from './throttling/throttling-options.js';
import type { UsersOptions } from './users/users-options.js';
import type { WebhooksOptions } from './webhooks/webhooks-options.js';

const HASH_MAX_WAIT_MS = 4_000;

/** The options of every room. */
export interface RoomOptions {
  readonly access: AccessOptions;
  readonly apiKeys: ApiKeysOptions;
  readonly audit: AuditOptions;
  readonly auth: AuthOptions;
  readonly hasher: PasswordHasher;
  readonly keys: KeysOptions;
  readonly links: LinksOptions;
  readonly mail: MailOptions;
  readonly paging: PagingOptions;
  readonly recovery: RecoveryOptions;
  readonly seals: SealOptions;
  readonly sessions: SessionsOptions;
  readonly redis: SharedRedis | null;
  readonly throttling: ThrottlingOptions;
  readonly transport: TransportOptions;
  readonly users: UsersOptions;
  readonly webhooks: WebhooksOptions;
}

/**
 * Checks the host's options and completes them with the defaults.
 *
 * @throws StartError naming the first option with a wrong value, never the value (S-154)
 */
export function roomOptions(
  options: GatehouseOptions,
  { denyByDefault = false, routePrefix = '' }: GatehouseSetup,
): RoomOptions {
  const hasher = options.password?.hasher;
  const secrets = secretsOf(options);
  const jwtKeys = signingKeys(options, secrets.accessToken);
  const settings = checkedSettings(options);
  const mail = configuredMail({
    ...settings.mail,
    mailer: options.mailer,
    templates: options.mail?.templates,
    publicUrl: settings.publicUrl,
  });
  if (settings.requireVerifiedEmail && mail.mailer === null) {
    throw wrong('requireVerifiedEmail', 'needs mail: nobody could confirm an address without');
  }
  assertFunction('signUp.allow', options.signUp?.allow);
  assertFunction('password.isBreached', options.password?.isBreached);
  return {
    access: { explainsRefusals: settings.explainsRefusals, deniesUndeclared: denyByDefault },
    apiKeys: { ...settings.apiKey, secretKeys: secrets.apiKeySecret },
    audit: { ...settings.audit, changedSettings: changedSettings(options) },
    auth: {
      ...settings.accessToken,
      signingKeys: jwtKeys,
      claims: options.accessToken?.claims,
    },
    hasher:
      hasher ??
      new BcryptPasswordHasher({
        cost: settings.password.bcryptCost,
        peppers: secrets.passwordPepper,
        concurrency: availableParallelism(),
        maxWaitMs: HASH_MAX_WAIT_MS,
      }),
    keys: {
      keyIds: {
        // A host's own hasher does without pepper.
        password_pepper: hasher ? [] : secrets.passwordPepper.map(keyId),
        refresh_token: secrets.refreshToken.map(keyId),
        webhook_secret: secrets.webhookSecret.map(keyId),
        access_token: jwtKeys.map(({ id }) => id),
      },
      acceptLost: settings.acceptLostKeys,
    },
    links: {
      keys: secrets.oneTimeLink,
      publicUrl: settings.publicUrl,
      routePrefix: routePrefix.replace(/^\/+|\/+$/g, ''),
      pages: {
        invitation: settings.links.invitation,
        reset: settings.links.reset,
        verification: settings.links.verification,
        email_change: settings.links.emailChange,
      },
    },
    mail,
    paging: { cursorKeys: secrets.cursor, publicUrl: settings.publicUrl },
    recovery: { sendsMail: mail.mailer !== null },
    seals: { keys: secrets.auditSeal, acceptLost: settings.acceptLostKeys },
    sessions: {
      ...settings.session,
      refreshTokenKeys: secrets.refreshToken,
      maxOfApiKey: settings.apiKey.maxSessions,
    },
    redis: sharedRedis(options, settings),
    throttling: { ...settings.throttling, key: secrets.throttling[0] as Uint8Array },
    transport: settings.transport,
    users: {
      ...settings.password,
      networkKeys: secrets.signInNetwork,
      allowSignUp: options.signUp?.allow,
      requiresVerifiedEmail: settings.requireVerifiedEmail,
      isBreached: options.password?.isBreached,
    },
    webhooks: { ...settings.webhooks, secretKeys: secrets.webhookSecret },
  };
}

/** The scopes that a host added, one set or several. */
export function scopesOptions({ scopes = [] }: GatehouseSetup): ScopesOptions {
  return { host: 'scopes' in scopes ? [scopes] : scopes };
}

/** A host's own client, or one for its URL. ioredis and node-redis 3 call `pTTL` otherwise, and take other arguments. */
function sharedRedis({ redis }: GatehouseOptions, { redisUrl }: RoomSettings): SharedRedis | null {
  if (redis === undefined) return redisUrl === undefined ? null : ownRedis(redisUrl);
  const methods = ['eval', 'del', 'multi', 'pTTL', 'on', 'off'] as const;
  if (
    methods.some((method) => typeof (redis as Partial<RedisClient> | null)?.[method] !== 'function')
  ) {
    throw wrong('redis', 'must be a client of node-redis 4 or later, and not of ioredis');
  }
  return { client: redis };
}

/** Checks every setting that needs no code of its own. */
function checkedSettings(options: GatehouseOptions): RoomSettings {
  const values = Object.entries<Setting>(SETTINGS).map(([path, row]) => {
    const value = checked(options, path, row);
    return row.type?.unit === 'seconds' ? [`${path}Ms`, (value as number) * 1000] : [path, value];
  });
  return nested(Object.fromEntries(values)) as RoomSettings;
}

function checked(options: GatehouseOptions, path: string, row: Setting): unknown {
  const value = valueAt(options, path);
  // A host's own hasher ignores the cost, and so may be given a wrong one.
  const isUnused = path === 'password.bcryptCost' && options.password?.hasher;
  if (value === undefined || isUnused) return row.default;
  try {
    return row.type?.check(value);
  } catch (error) {
    throw wrong(path, (error as Error).message);
  }
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
  if (algorithm !== 'ES256' && algorithm !== 'RS256') {
    throw wrong('accessToken.algorithm', 'must be one of ES256, RS256');
  }
  if (privateKeys.length === 0) {
    throw wrong('accessToken.privateKeys', `is missing beside ${algorithm}`);
  }
  return privateKeys.map((pem) => {
    try {
      return asymmetricSigningKey(pem, algorithm);
    } catch (error) {
      const reason = messageOf(error, 'unreadable');
      throw wrong('accessToken.privateKeys', `does not fit the algorithm: ${reason}`);
    }
  });
}

function assertFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw wrong(name, 'must be a function');
}

function listOf(secret: SecretList | undefined): readonly string[] {
  if (secret === undefined) return [];
  return typeof secret === 'string' ? [secret] : secret;
}

function wrong(name: string, problem: string): StartError {
  return new StartError(`GatehouseModule: option ${name} ${problem}`);
}
