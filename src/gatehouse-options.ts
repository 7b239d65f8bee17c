import type { ModuleMetadata, Type } from '@nestjs/common';
import type { ClaimsProvider } from './auth/claims-provider.js';
import type { SigningAlgorithm } from './auth/access-tokens/signing-keys.js';
import type { PasswordHasher } from './common/crypto/password-hasher.js';
import type { LetterTemplates } from './mail/letters/letter-facts.js';
import type { Mailer } from './mail/mailer.js';
import type { HostScopeDefinitions } from './scopes/define-scopes.js';
import type { RedisClient } from './throttling/redis-client.js';
import type { BreachCheck } from './users/password-policy/breached-passwords.js';
import type { SignUpRule } from './users/sign-up-rule.js';

/** One secret or several, so that one can be replaced: new tokens and hashes use the first, checks accept all. */
export type SecretList = string | readonly string[];

/** Options of access tokens. */
export interface AccessTokenOptions {
  /** HS256 secret in place of the derived one (`JWT_SECRET`). */
  readonly secret?: SecretList;
  /** Default `HS256` (`JWT_ALG`). */
  readonly algorithm?: SigningAlgorithm;
  /** Private keys in PEM for ES256 and RS256; the first signs (`JWT_PRIVATE_KEY_FILE`). */
  readonly privateKeys?: readonly string[];
  /** `iss`; default `gatehouse` (`JWT_ISSUER`). */
  readonly issuer?: string;
  /** `aud`; default `gatehouse` (`JWT_AUDIENCE`). */
  readonly audience?: string;
  /** In seconds, 1 to 86,400; default 900 (`ACCESS_TOKEN_TTL`, S-64). */
  readonly lifetime?: number;
  /** Adds claims of the host's own. */
  readonly claims?: ClaimsProvider;
}

/** Options of sessions. */
export interface SessionOptions {
  /** Secret of refresh tokens in place of the derived one (`REFRESH_TOKEN_SECRET`). */
  readonly secret?: SecretList;
  /** In seconds from the sign-in, regardless of refreshes; at most 30 days, the default (`REFRESH_TOKEN_TTL`). */
  readonly lifetime?: number;
  /** Whether each use gives a new refresh token; `auto`, the default: for users only (`REFRESH_TOKEN_ROTATION`). */
  readonly rotation?: 'auto' | 'on' | 'off';
  /** Seconds in which the former token gives the same successor, 0 to 30, the default (`REFRESH_REUSE_GRACE`). */
  readonly reuseGrace?: number;
  /** Live sessions of one user; default 1 (`MAX_SESSIONS`). */
  readonly max?: number;
}

/** Options of passwords and their hashes. */
export interface PasswordOptions {
  /** Shortest new password in characters, 8 to 64; default 15 (`PASSWORD_MIN_LENGTH`). */
  readonly minLength?: number;
  /** bcrypt's cost, 10 to 15; default 12 (`BCRYPT_COST`). */
  readonly bcryptCost?: number;
  /** Secret in every hash in place of the derived one; losing it loses every password (`PASSWORD_PEPPER`). */
  readonly pepper?: SecretList;
  /** Replaces bcrypt over a keyed pre-hash; cost and pepper are then unused. */
  readonly hasher?: PasswordHasher;
  /**
   * Refuses new passwords that are known from a breach, wherever one is set; `breachedPasswords()` makes such a check.
   * Without it none is asked. A password that cannot be checked is accepted.
   */
  readonly isBreached?: BreachCheck;
}

/** Limits of API keys and of their sessions. */
export interface ApiKeyOptions {
  /** Live keys of an account; default 100 (S-91). */
  readonly maxPerAccount?: number;
  /** Live keys that one user or key created; default 50 (S-91). */
  readonly maxPerCreator?: number;
  /** Live sessions of one key; default 1 (`API_KEY_MAX_SESSIONS`). `client_credentials` ends none. */
  readonly maxSessions?: number;
}

/** Limits of guesses and of creations (S-24 … S-33). */
export interface ThrottlingOptions {
  /** Wrong passwords in a row for one address, from which on each starts a delay; default 5 (`LOGIN_FAILURES_PER_ACCOUNT`). */
  readonly failuresPerAccount?: number;
  /** Wrong passwords and API keys in an hour from one IPv4 address or IPv6 /64; default 50 (`LOGIN_FAILURES_PER_IP`). */
  readonly failuresPerNetwork?: number;
  /** Sign-ups in an hour from one IPv4 address or IPv6 /64; default 100 (`SIGN_UPS_PER_IP`). */
  readonly signUpsPerNetwork?: number;
  /** Users that one caller adds, or invites anew, in an hour; default 300, for an account three times that (`NEW_USERS_PER_CALLER`). */
  readonly newUsersPerCaller?: number;
  /** Requests for a password reset in an hour from one IPv4 address or IPv6 /64; default 100 (`PASSWORD_RESETS_PER_IP`). */
  readonly passwordResetsPerNetwork?: number;
  /** API keys that one caller creates or rotates in an hour; as above (`NEW_API_KEYS_PER_CALLER`). */
  readonly newApiKeysPerCaller?: number;
  /** Reports of leaked keys in an hour from one IPv4 address or IPv6 /64; default 100 (`LEAK_REPORTS_PER_IP`). */
  readonly leakReportsPerNetwork?: number;
}

/** Options of `POST /api/v1/account`; accounts that the host's own code opens are not affected. */
export interface SignUpOptions {
  /** May refuse a sign-up; without it each is taken. */
  readonly allow?: SignUpRule;
}

/** Options of the audit trail. */
export interface AuditTrailOptions {
  /** How long rows stay, in seconds, 1 day to 10 years; default 400 days (`AUDIT_RETENTION`). */
  readonly retention?: number;
}

/** Options of mail. */
export interface MailSettings {
  /**
   * Mail server that sends our letters, `smtp://user:password@host:587` or `smtps://…`; needs `publicUrl` and the package
   * nodemailer (`SMTP_URL`). STARTTLS is required, unless the server is this machine or the URL ends with `?tls=off`.
   */
  readonly smtpUrl?: string;
  /** Sender, as an address or `Name <address>`; default `no-reply@` the host of `publicUrl` (`MAIL_FROM`). */
  readonly from?: string;
  /** Letters of the host's own, by their kinds; the others are ours, in English. */
  readonly templates?: Partial<LetterTemplates>;
  /** Language of the templates, as a tag such as `de`; default `en`. */
  readonly language?: string;
}

/** Options of webhooks. */
export interface WebhookOptions {
  /**
   * Addresses and networks (CIDR) that webhooks may be sent to although they are not part of the public Internet; none by
   * default (`WEBHOOK_NETWORKS`).
   */
  readonly networks?: readonly string[];
}

/** Options of proxies and HTTPS. */
export interface TransportSettings {
  /** Addresses and networks of the proxies whose `X-Forwarded-*` is trusted; none by default (`TRUST_PROXY`). */
  readonly trustProxy?: readonly string[];
  /**
   * `except_loopback`, the default: accepts credentials over HTTPS or from this machine; `required`: over HTTPS only
   * (`HTTPS_ONLY`); `unchecked`: the host itself ensures HTTPS.
   */
  readonly https?: 'required' | 'except_loopback' | 'unchecked';
  /** Whether a credential sent without TLS is revoked; default `true` (`REVOKE_EXPOSED_CREDENTIALS`). */
  readonly revokesExposed?: boolean;
}

/**
 * Pages of the host's own for one-time links, in place of ours: absolute URLs, to which `token` is added. The page sends
 * the token to our route, and must have no other content that could read its address.
 */
export interface LinkPageOptions {
  /** Calls `POST /api/v1/account/invitation/accept` (`INVITATION_PAGE_URL`). */
  readonly invitation?: string;
  /** Calls `POST /api/v1/account/password_reset/confirm` (`PASSWORD_RESET_PAGE_URL`). */
  readonly reset?: string;
  /** Calls `POST /api/v1/account/email/verify` (`EMAIL_VERIFICATION_PAGE_URL`). */
  readonly verification?: string;
  /** Calls `POST /api/v1/account/email/verify` (`EMAIL_CHANGE_PAGE_URL`). */
  readonly emailChange?: string;
}

/** Options that the factory of `forRootAsync` may read at run time: secrets, lifetimes, the host's implementations. */
export interface GatehouseOptions {
  /**
   * At least 256 random bits, from which every key is derived (`GATEHOUSE_SECRET`). Without it the secrets of
   * access tokens, sessions and passwords must all be given.
   */
  readonly secret?: SecretList;
  /**
   * Ids of keys that are lost on purpose, as the error of the refused start names them. Passwords and sessions that
   * need them stop working (`ACCEPT_LOST_KEYS`).
   */
  readonly acceptLostKeys?: readonly string[];
  readonly accessToken?: AccessTokenOptions;
  readonly session?: SessionOptions;
  readonly password?: PasswordOptions;
  readonly apiKey?: ApiKeyOptions;
  readonly audit?: AuditTrailOptions;
  readonly signUp?: SignUpOptions;
  /**
   * Whether the password of a user whose address is not confirmed is refused with 40102, and the link sent again; needs
   * mail. Default `false` (`REQUIRE_VERIFIED_EMAIL`). Sessions that the host's code creates are not affected.
   */
  readonly requireVerifiedEmail?: boolean;
  readonly throttling?: ThrottlingOptions;
  /**
   * URL of a Redis for the counters of `throttling`, which several instances share; needs `@redis/client` (`REDIS_URL`).
   * Without it each process counts for itself.
   */
  readonly redisUrl?: string;
  /** A client of node-redis in place of `redisUrl`; the host connects and closes it. */
  readonly redis?: RedisClient;
  readonly transport?: TransportSettings;
  readonly webhooks?: WebhookOptions;
  readonly links?: LinkPageOptions;
  /** URL of the application for clients, in `Link` headers and letters (`PUBLIC_URL`); without it links are relative. */
  readonly publicUrl?: string;
  /** Whether every 403 names the roles that suffice; default `false`: only those to owners and admins do. */
  readonly explainsRefusals?: boolean;
  readonly mail?: MailSettings;
  /** Sends our letters in place of `mail.smtpUrl`; without either none is written. */
  readonly mailer?: Mailer;
}

/** Groups of routes, each of which can be switched off. */
export interface RouteSwitches {
  /** `/oauth/token`, `revoke`, `me`, `validate`. */
  readonly authentication?: boolean;
  /** `/.well-known/jwks.json`. */
  readonly jwks?: boolean;
  /** `GET /api/v1/scope`. */
  readonly scopes?: boolean;
  /** `/api/v1/account/session`. */
  readonly sessions?: boolean;
  /** `GET` and `PATCH /api/v1/account`. */
  readonly account?: boolean;
  /** `GET /api/v1/account/export`. */
  readonly accountExport?: boolean;
  /** `/api/v1/account/audit`. */
  readonly audit?: boolean;
  /** `/api/v1/account/role`. */
  readonly roles?: boolean;
  /** `POST /api/v1/account`: opens an account without authentication. */
  readonly signUp?: boolean;
  /** Transfer of ownership and deletion of an account. */
  readonly ownership?: boolean;
  /** `/api/v1/account/user/me`. */
  readonly ownUser?: boolean;
  /** `/api/v1/account/email` and `PUT /api/v1/account/user/me/email`: confirms and changes addresses. */
  readonly email?: boolean;
  /** `/api/v1/account/user`. */
  readonly users?: boolean;
  /** `/api/v1/account/user/:id/invitation` and `/api/v1/account/invitation/accept`. */
  readonly invitations?: boolean;
  /** `/api/v1/account/password_reset`. */
  readonly passwordResets?: boolean;
  /** `/api/v1/account/api_key`. */
  readonly apiKeys?: boolean;
  /** `/api/v1/account/webhook`. */
  readonly webhooks?: boolean;
  /** `/link/…`, the pages that one-time links lead to. */
  readonly links?: boolean;
  /** `POST /api/v1/api_key/leaked`: ends a key that was found elsewhere, without authentication. */
  readonly leakedApiKeys?: boolean;
  /** `GET /health`, `/health/ready`, `/health/live`; off by default, because a host has its own. */
  readonly health?: boolean;
}

/** Options that must be known when the module is registered, before a factory runs. */
export interface GatehouseSetup {
  /** Name of the host's DataSource; without it the default one. */
  readonly dataSource?: string;
  /**
   * Prefix of every path, as `auth` in `/auth/oauth/token`. The application's global prefix does not apply to our
   * routes.
   */
  readonly routePrefix?: string;
  /**
   * Decorators for each of our routes, by which the application's global guards and interceptors leave them alone.
   *
   * @example [HostPublic(), SkipThrottle()]
   */
  readonly routeDecorators?: readonly MethodDecorator[];
  /** `AuthModule`, `UsersModule`, `RecoveryModule`, `AccountsModule`, `ApiKeysModule`, `AuditModule`, `WebhooksModule`: those whose routes are mounted; default all. */
  readonly modules?: readonly Type[];
  /** Groups of routes to switch off; `false` switches all off. */
  readonly routes?: RouteSwitches | false;
  /** The host's own scopes and roles; see `defineScopes`. */
  readonly scopes?: HostScopeDefinitions | readonly HostScopeDefinitions[];
  /**
   * Whether `GatehouseGuard` guards every route of the whole application; a route without an access rule then stops
   * the start (S-92). Default `false`.
   */
  readonly denyByDefault?: boolean;
  /** Whether guards and services can be used everywhere without an import; default `true`. */
  readonly isGlobal?: boolean;
}

/**
 * Options of `GatehouseModule.forRoot`.
 *
 * @public
 */
export interface GatehouseModuleOptions extends GatehouseOptions, GatehouseSetup {}

/**
 * Options of `GatehouseModule.forRootAsync`.
 *
 * @public
 */
export interface GatehouseModuleAsyncOptions extends GatehouseSetup {
  readonly imports?: ModuleMetadata['imports'];
  /** Tokens of the providers that Nest passes to the factory. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as Nest's own FactoryProvider has it
  readonly inject?: any[];
  // oxlint-disable-next-line typescript/no-explicit-any -- the providers that `inject` names
  readonly useFactory: (...injected: any[]) => GatehouseOptions | Promise<GatehouseOptions>;
}
