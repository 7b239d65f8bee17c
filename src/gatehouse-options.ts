import type { ModuleMetadata, Type } from '@nestjs/common';
import type { ClaimsProvider } from './auth/claims-provider.js';
import type { SigningAlgorithm } from './auth/access-tokens/signing-keys.js';
import type { PasswordHasher } from './common/crypto/password-hasher.js';
import type { Mailer } from './mail/mailer.js';
import type { HostScopeDefinitions } from './scopes/define-scopes.js';

/** One secret or several; the first makes, all check, so that one can be replaced by another. */
export type SecretList = string | readonly string[];

/** How access tokens are made. */
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
  /** Claims of the host's own. */
  readonly claims?: ClaimsProvider;
}

/** How sessions live and end. */
export interface SessionOptions {
  /** Secret of refresh tokens in place of the derived one (`REFRESH_TOKEN_SECRET`). */
  readonly secret?: SecretList;
  /** In seconds from the sign-in, whatever is refreshed, up to 30 days, the default (`REFRESH_TOKEN_TTL`). */
  readonly lifetime?: number;
  /** A new refresh token at each use: for users alone by default (`REFRESH_TOKEN_ROTATION`). */
  readonly rotation?: 'auto' | 'on' | 'off';
  /** Seconds in which the token before gives the same successor, 0 to 30, the default (`REFRESH_REUSE_GRACE`). */
  readonly reuseGrace?: number;
  /** Live sessions of one user; default 1 (`MAX_SESSIONS`). */
  readonly max?: number;
}

/** How passwords are judged and kept. */
export interface PasswordOptions {
  /** Shortest new password in characters, 8 to 64; default 15 (`PASSWORD_MIN_LENGTH`). */
  readonly minLength?: number;
  /** bcrypt's cost, 10 to 15; default 12 (`BCRYPT_COST`). */
  readonly bcryptCost?: number;
  /** Secret in every hash in place of the derived one; losing it loses every password (`PASSWORD_PEPPER`). */
  readonly pepper?: SecretList;
  /** In place of bcrypt over a keyed pre-hash; then neither cost nor pepper counts. */
  readonly hasher?: PasswordHasher;
}

/** How many API keys, and sessions of one, there may be. */
export interface ApiKeyOptions {
  /** Live keys of an account; default 100 (S-91). */
  readonly maxPerAccount?: number;
  /** Live keys that one user or key made; default 50 (S-91). */
  readonly maxPerCreator?: number;
  /** Live sessions of one key; default 1 (`API_KEY_MAX_SESSIONS`). `client_credentials` ends none. */
  readonly maxSessions?: number;
}

/** What is known of the way that requests take. */
export interface TransportSettings {
  /** Addresses and networks of the proxies whose `X-Forwarded-*` count; none by default (`TRUST_PROXY`). */
  readonly trustProxy?: readonly string[];
  /**
   * `except_loopback`, the default: credentials are taken over HTTPS, or from this machine itself; `required`:
   * over HTTPS only (`HTTPS_ONLY`); `unchecked`: the host sees to that.
   */
  readonly https?: 'required' | 'except_loopback' | 'unchecked';
  /** Whether a credential that came in the clear is revoked; default `true` (`REVOKE_EXPOSED_CREDENTIALS`). */
  readonly revokesExposed?: boolean;
}

/** What may be read at run time, in `forRootAsync` by a factory: secrets, lifetimes, and what a host replaces. */
export interface GatehouseOptions {
  /**
   * At least 256 random bits, from which every key is derived (`GATEHOUSE_SECRET`). Without it the secrets of
   * access tokens, sessions and passwords must all be given.
   */
  readonly secret?: SecretList;
  /**
   * Ids of keys whose loss is meant, as the start that it stops names them: their passwords and sessions are
   * given up (`ACCEPT_LOST_KEYS`).
   */
  readonly acceptLostKeys?: readonly string[];
  readonly accessToken?: AccessTokenOptions;
  readonly session?: SessionOptions;
  readonly password?: PasswordOptions;
  readonly apiKey?: ApiKeyOptions;
  readonly transport?: TransportSettings;
  /** Where clients reach the application, for `Link` headers (`PUBLIC_URL`); without it links are relative. */
  readonly publicUrl?: string;
  /** Whether a 403 tells everyone which roles would do; default `false`: owners and admins alone are told. */
  readonly explainsRefusals?: boolean;
  /** Who sends letters; without one none are sent. */
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
  /** `/api/v1/account/role`. */
  readonly roles?: boolean;
  /** `POST /api/v1/account`: anybody may open an account. */
  readonly signUp?: boolean;
  /** Hand-over and end of an account. */
  readonly ownership?: boolean;
  /** `/api/v1/account/user/me`. */
  readonly ownUser?: boolean;
  /** `/api/v1/account/user`. */
  readonly users?: boolean;
  /** `/api/v1/account/api_key`. */
  readonly apiKeys?: boolean;
  /** `GET /health`, `/health/ready`, `/health/live`; the only one that is off by default, since a host has its own. */
  readonly health?: boolean;
}

/** What shapes the application, and so must be known before anything runs. */
export interface GatehouseSetup {
  /** Name of the host's DataSource; without it the default one. */
  readonly dataSource?: string;
  /** In front of every path, as `auth` in `/auth/oauth/token`. */
  readonly routePrefix?: string;
  /** Whose routes are mounted: `AuthModule`, `UsersModule`, `AccountsModule`, `ApiKeysModule`; all by default. */
  readonly modules?: readonly Type[];
  /** Groups of routes to switch off, or, with `false`, all. */
  readonly routes?: RouteSwitches | false;
  /** The host's own scopes and roles; see `defineScopes`. */
  readonly scopes?: HostScopeDefinitions | readonly HostScopeDefinitions[];
  /**
   * Whether every route of the whole application is closed unless it says whom it takes: `GatehouseGuard`
   * stands before all of them, and one that declares nothing stops the start (S-92). Default `false`.
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
  /** What the factory is given. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as Nest's own FactoryProvider has it
  readonly inject?: any[];
  // oxlint-disable-next-line typescript/no-explicit-any -- what `inject` names
  readonly useFactory: (...injected: any[]) => GatehouseOptions | Promise<GatehouseOptions>;
}
