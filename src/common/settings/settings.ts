import { isDeepStrictEqual } from 'node:util';
import { isKeyId, KEY_ID_FAULT } from '../crypto/key-derivation.js';
import { newSecret, secretFault } from '../crypto/secret-strength.js';
import { proxiesFault } from '../transport/trusted-proxies.js';
import { pageUrl } from './page-url.js';
import { mailSender } from './mail-sender.js';
import { redisUrl } from './redis-url.js';
import { valueAt, type Nested, type Setting, type SettingTable, type ValueOf } from './setting.js';
import { smtpUrl } from './smtp-url.js';
import {
  checkedText,
  emptyItemFault,
  flag,
  httpUrl,
  integer,
  list,
  oneOf,
  seconds,
  text,
} from './setting-types.js';

const DAY_SECONDS = 86_400;

const secrets = list(
  (items) => emptyItemFault(items) ?? items.map(secretFault).find((fault) => fault !== undefined),
);
const keyIds = list((ids) => (ids.every((id) => isKeyId(id)) ? undefined : KEY_ID_FAULT));
const SECRET = { type: secrets, isSecret: true, example: newSecret } as const;
const DERIVED = { ...SECRET, unset: 'derived from `secret`' } as const;

/** The material of keys; `room-options.ts` and `app-options.ts` check and pass it on in code of their own. */
const KEYS = {
  secret: {
    variable: 'GATEHOUSE_SECRET',
    ...SECRET,
    unset: 'required',
    description:
      'at least 256 random bits, from which every key is derived; a list rotates it: the first makes, all check',
  },
  'accessToken.secret': {
    variable: 'JWT_SECRET',
    ...DERIVED,
    description: 'HS256 secret, in place of the derived one; a list rotates it',
  },
  'session.secret': {
    variable: 'REFRESH_TOKEN_SECRET',
    ...DERIVED,
    description: 'secret of refresh tokens, in place of the derived one; a list rotates it',
  },
  'password.pepper': {
    variable: 'PASSWORD_PEPPER',
    ...DERIVED,
    description:
      'secret in every password hash, in place of the derived one; a list rotates it. Losing it loses every password',
  },
  'accessToken.algorithm': {
    variable: 'JWT_ALG',
    type: oneOf('HS256', 'ES256', 'RS256'),
    default: 'HS256',
    description: 'algorithm of access tokens; ES256 and RS256 publish /.well-known/jwks.json',
    example: 'ES256',
  },
  'accessToken.privateKeys': {
    variable: 'JWT_PRIVATE_KEY_FILE',
    type: list(emptyItemFault),
    description:
      'private keys for ES256 or RS256, PEM; a list rotates them: the first signs, all check',
    example: '/etc/gatehouse/jwt-es256.pem',
  },
} as const satisfies SettingTable;

const SIGNING = {
  acceptLostKeys: {
    variable: 'ACCEPT_LOST_KEYS',
    type: keyIds,
    default: [],
    description:
      'ids of keys whose loss is meant, as the start that it stops names them: their passwords, sessions and webhook secrets are given up',
    example: '0123456789abcdef',
  },
  'accessToken.issuer': {
    variable: 'JWT_ISSUER',
    type: text,
    default: 'gatehouse',
    description: 'iss of access tokens',
    example: 'https://auth.example.com',
  },
  'accessToken.audience': {
    variable: 'JWT_AUDIENCE',
    type: text,
    default: 'gatehouse',
    description: 'aud of access tokens',
    example: 'https://api.example.com',
  },
} as const satisfies SettingTable;

const SESSIONS_AND_PASSWORDS = {
  'accessToken.lifetime': {
    variable: 'ACCESS_TOKEN_TTL',
    type: seconds(1, DAY_SECONDS), // S-64
    default: 900,
    description: 'lifetime of an access token in seconds, at most 24 h',
  },
  'session.lifetime': {
    variable: 'REFRESH_TOKEN_TTL',
    type: seconds(1, 30 * DAY_SECONDS), // S-64
    default: 30 * DAY_SECONDS,
    description:
      'lifetime of a session in seconds from the grant, whatever is refreshed; at most 30 days',
    example: '604800',
  },
  'session.rotation': {
    variable: 'REFRESH_TOKEN_ROTATION',
    type: oneOf('auto', 'on', 'off'),
    default: 'auto',
    description:
      'a new refresh token at each use; auto: only where the newest access token does not come along, and not for API keys; off: never',
    example: 'on',
  },
  'session.reuseGrace': {
    variable: 'REFRESH_REUSE_GRACE',
    type: seconds(0, 30),
    default: 30,
    description: 'seconds in which the tokens before a refresh give the same pair again; 0: off',
    example: '10',
  },
  'session.max': {
    variable: 'MAX_SESSIONS',
    type: integer(1, 1000),
    default: 1,
    description: 'live sessions of one user; a new sign-in ends the oldest beyond that',
    example: '5',
  },
  'apiKey.maxSessions': {
    variable: 'API_KEY_MAX_SESSIONS',
    type: integer(1, 1000),
    default: 1,
    description:
      'live sessions of one API key, whose workers may each sign in; client_credentials ends none',
    example: '20',
  },
  'apiKey.maxPerAccount': {
    type: integer(1, 10_000), // S-91
    default: 100,
    description: 'live API keys of an account',
  },
  'apiKey.maxPerCreator': {
    type: integer(1, 10_000), // S-91
    default: 50,
    description: 'live API keys that one user or key made',
  },
  'password.bcryptCost': {
    variable: 'BCRYPT_COST',
    type: integer(10, 15),
    default: 12,
    description: "bcrypt's cost",
  },
  'password.minLength': {
    variable: 'PASSWORD_MIN_LENGTH',
    type: integer(8, 64, 'characters'), // S-01
    default: 15,
    description: 'shortest new password, in characters',
    example: '12',
  },
  requireVerifiedEmail: {
    variable: 'REQUIRE_VERIFIED_EMAIL',
    type: flag,
    default: false,
    description:
      'refuse the password of a user whose address is not confirmed, and send the link again; needs mail',
    example: 'true',
  },
} as const satisfies SettingTable;

const AUDIT = {
  'audit.retention': {
    variable: 'AUDIT_RETENTION',
    type: seconds(DAY_SECONDS, 3650 * DAY_SECONDS), // S-153
    default: 400 * DAY_SECONDS,
    description: 'seconds that rows of the audit trail stay, their account deleted or not',
    example: '63072000',
  },
} as const satisfies SettingTable;

const THROTTLING = {
  'throttling.failuresPerAccount': {
    variable: 'LOGIN_FAILURES_PER_ACCOUNT',
    type: integer(1, 100), // S-24
    default: 5,
    description:
      'wrong passwords in a row for one address from which on each starts a delay, 30 s doubling to 1 h; 100 stop it',
  },
  'throttling.failuresPerNetwork': {
    variable: 'LOGIN_FAILURES_PER_IP',
    type: integer(1, 1_000_000), // S-25
    default: 50,
    description: 'wrong passwords and API keys in an hour from one IPv4 address or IPv6 /64',
  },
  'throttling.signUpsPerNetwork': {
    variable: 'SIGN_UPS_PER_IP',
    type: integer(1, 1_000_000), // S-33
    default: 100,
    description: 'sign-ups in an hour from one IPv4 address or IPv6 /64',
  },
  'throttling.newUsersPerCaller': {
    variable: 'NEW_USERS_PER_CALLER',
    type: integer(1, 1_000_000), // S-33
    default: 300,
    description:
      'users that one caller may add in an hour, and as many invite anew; a whole account three times that',
  },
  'throttling.passwordResetsPerNetwork': {
    variable: 'PASSWORD_RESETS_PER_IP',
    type: integer(1, 1_000_000), // S-33
    default: 100,
    description: 'requests for a password reset in an hour from one IPv4 address or IPv6 /64',
  },
  'throttling.newApiKeysPerCaller': {
    variable: 'NEW_API_KEYS_PER_CALLER',
    type: integer(1, 1_000_000), // S-33
    default: 300,
    description:
      'API keys that one caller may create or rotate in an hour; a whole account three times that',
  },
  'throttling.leakReportsPerNetwork': {
    variable: 'LEAK_REPORTS_PER_IP',
    type: integer(1, 1_000_000), // S-33
    default: 100,
    description: 'reports of leaked API keys in an hour from one IPv4 address or IPv6 /64',
  },
  redisUrl: {
    variable: 'REDIS_URL',
    type: redisUrl,
    isSecret: true,
    unset: 'counters in the memory of the process',
    description:
      'Redis that several instances share for these counters; needs the package @redis/client',
    example: 'rediss://gatehouse:<password>@redis.example.com:6379',
  },
} as const satisfies SettingTable;

const languageTag = checkedText((tag) =>
  /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(tag)
    ? undefined
    : 'must be a language tag such as de or pt-BR',
);

const MAIL = {
  'mail.smtpUrl': {
    variable: 'SMTP_URL',
    type: smtpUrl,
    isSecret: true,
    unset: 'no mail, or your `mailer`',
    description:
      'mail server; smtp:// needs STARTTLS unless it is this machine or ?tls=off, smtps:// is TLS; needs PUBLIC_URL and the package nodemailer',
    example: 'smtp://gatehouse:<password>@smtp.example.com:587',
  },
  'mail.from': {
    variable: 'MAIL_FROM',
    type: mailSender,
    unset: '`no-reply@` the host of `publicUrl`',
    description: 'sender of letters: an address, or a name and an address in angle brackets',
    example: 'Example <no-reply@example.com>',
  },
  'mail.language': {
    type: languageTag,
    default: 'en',
    description: 'language of your templates, as a tag such as de',
  },
} as const satisfies SettingTable;

const TRANSPORT = {
  'transport.trustProxy': {
    variable: 'TRUST_PROXY',
    type: list(proxiesFault), // S-115
    default: [],
    description: 'addresses and networks of the proxies whose X-Forwarded-* count; none by default',
    example: '10.0.0.0/8',
  },
  'transport.https': {
    type: oneOf('required', 'except_loopback', 'unchecked'), // contract §1
    default: 'except_loopback',
    description:
      'take credentials over HTTPS only, or from this machine itself too; unchecked: you see to it',
  },
  'transport.revokesExposed': {
    type: flag, // S-200
    default: true,
    description: 'revoke a credential that came in the clear',
  },
} as const satisfies SettingTable;

const WEBHOOKS = {
  'webhooks.networks': {
    variable: 'WEBHOOK_NETWORKS',
    type: list(proxiesFault),
    default: [],
    description:
      'addresses and networks that webhooks may be sent to although they are not public; none by default',
    example: '10.20.0.0/16',
  },
} as const satisfies SettingTable;

const APPLICATION = {
  publicUrl: {
    variable: 'PUBLIC_URL',
    type: httpUrl,
    unset: 'relative links',
    description: 'where clients reach the application, for links, letters and the API description',
    example: 'https://auth.example.com',
  },
  explainsRefusals: {
    type: flag,
    default: false,
    description: 'a 403 tells everyone which roles would do; owners and admins are told always',
  },
} as const satisfies SettingTable;

const LINK_PAGE = { type: pageUrl, unset: 'a page of ours' } as const;

const LINKS = {
  'links.invitation': {
    variable: 'INVITATION_PAGE_URL',
    ...LINK_PAGE,
    description: 'your own page for the links of invitations; `token` is added to its query',
    example: 'https://app.example.com/welcome',
  },
  'links.reset': {
    variable: 'PASSWORD_RESET_PAGE_URL',
    ...LINK_PAGE,
    description: 'your own page for the links of password resets',
    example: 'https://app.example.com/reset',
  },
  'links.verification': {
    variable: 'EMAIL_VERIFICATION_PAGE_URL',
    ...LINK_PAGE,
    description: 'your own page for the links that confirm an address',
    example: 'https://app.example.com/confirm',
  },
  'links.emailChange': {
    variable: 'EMAIL_CHANGE_PAGE_URL',
    ...LINK_PAGE,
    description: 'your own page for the links that confirm a new address',
    example: 'https://app.example.com/confirm',
  },
} as const satisfies SettingTable;

/** Options that no variable can set. */
const OBJECTS = {
  'accessToken.claims': {
    description: 'a `ClaimsProvider`: claims of your own in access tokens',
  },
  'password.hasher': {
    unset: 'bcrypt over a keyed pre-hash',
    description: 'a `PasswordHasher` in place of bcrypt; then neither cost nor pepper counts',
  },
  'password.isBreached': {
    unset: 'no check',
    description: 'a function that refuses new passwords known from a breach; `breachedPasswords()`',
  },
  'signUp.allow': {
    unset: 'everybody',
    description: 'a function that may refuse a sign-up, by domain or for approval',
  },
  redis: {
    unset: '`redisUrl`',
    description: 'a connected client of node-redis, not of ioredis, in place of `redisUrl`',
  },
  'mail.templates': {
    unset: 'English texts',
    description: 'functions that write letters of your own, by their kind',
  },
  mailer: {
    unset: '`mail.smtpUrl`',
    description: 'a `Mailer`, which sends our letters in place of `mail.smtpUrl`',
  },
} as const satisfies SettingTable;

/** Every option of a host that is known at run time, by the heading of its variable in `.env.example`. */
export const SETTING_GROUPS = {
  'Secrets and signing': { ...KEYS, ...SIGNING },
  'Tokens, sessions and passwords': SESSIONS_AND_PASSWORDS,
  Throttling: THROTTLING,
  'Audit trail': AUDIT,
  Transport: TRANSPORT,
  Webhooks: WEBHOOKS,
  'Pages of one-time links': LINKS,
  Mail: MAIL,
  Server: { ...APPLICATION, ...OBJECTS },
};

/** Names of the settings that have another value than the default, without their values. */
export function changedSettings(options: object): string[] {
  const rows = Object.values<SettingTable>(SETTING_GROUPS).flatMap(Object.entries<Setting>);
  return rows.flatMap(([path, row]) =>
    isDefault(valueAt(options, path), row.default) ? [] : [path],
  );
}

function isDefault(value: unknown, byDefault: Setting['default'] = []): boolean {
  return value === undefined || value === null || isDeepStrictEqual(value, byDefault);
}

/** The settings that need no code of their own: their row checks them, and the room gets them by name. */
export const SETTINGS = {
  ...SIGNING,
  ...SESSIONS_AND_PASSWORDS,
  ...THROTTLING,
  ...AUDIT,
  ...TRANSPORT,
  ...WEBHOOKS,
  ...LINKS,
  ...MAIL,
  ...APPLICATION,
};

type Settings = typeof SETTINGS;

/** These settings as the rooms get them: complete, and times in milliseconds (`session.lifetimeMs`). */
export type RoomSettings = Nested<{
  readonly [
    P in keyof Settings as Settings[P] extends { type: { unit: 'seconds' } } ? `${P}Ms` : P
  ]: ValueOf<Settings[P]>;
}>;
