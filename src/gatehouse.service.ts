import { Injectable } from '@nestjs/common';
import { PrincipalAuthenticator } from './access/principal-authenticator.js';
import { applicationActor, type Actor, type Principal } from './access/principal.js';
import type { Account } from './accounts/account.entity.js';
import { AccountsService } from './accounts/accounts.service.js';
import { ApiKeyIssuer } from './api-keys/api-key-issuer.js';
import type { ApiKey } from './api-keys/api-key.entity.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { AuthService } from './auth/auth.service.js';
import { Database } from './database/database.js';
import { ScopeRegistry } from './scopes/scope-registry.js';
import type { Scope } from './scopes/define-scopes.js';
import { SessionsService } from './sessions/sessions.service.js';
import { MembersService, type MemberChanges } from './users/members.service.js';
import { SignUpService } from './users/sign-up.service.js';
import type { User } from './users/user.entity.js';
import { UsersService } from './users/users.service.js';

/** An account to open, and its owner. */
export interface NewAccountOptions {
  readonly name: string;
  /** ISO 3166-1 alpha-3. */
  readonly country: string;
  readonly planId?: string | null;
  readonly owner: NewUserOptions;
}

/** A user to add. */
export interface NewUserOptions {
  readonly emailAddress: string;
  readonly firstName: string;
  readonly surname: string;
  /** Without a password or hash, only `createSession` signs the user in. */
  readonly password?: string;
  /**
   * In place of a password, the hash that another system stored: up to 200 characters of ASCII, which the
   * application's own `PasswordHasher` verifies.
   */
  readonly passwordHash?: string;
}

/** An API key to create. */
export interface NewApiKeyOptions {
  readonly name: string;
  /** A role that is neither `owner` nor `admin`. */
  readonly role: string;
  /** Addresses and networks from which the key may be used; without them or with `null`, from any. */
  readonly allowedIps?: readonly string[] | null;
  /** End of the key, in ms since the epoch; without it or with `null`, the key does not expire. */
  readonly expiresAt?: number | null;
}

/** An API key with its secret, which cannot be read again. */
export interface NewApiKeyResult {
  readonly apiKey: ApiKey;
  /** The public half. */
  readonly key: string;
  readonly secret: string;
}

/** Options of a session that the host's code creates. */
export interface NewSessionOptions {
  /** Scopes of the session; without them, all that the user's role holds. */
  readonly scope?: readonly Scope[];
  /** Address of the user, for the list of sessions. */
  readonly ipAddress?: string;
  readonly userAgent?: string;
}

/** Tokens of a session. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** End of the access token, in ms since the epoch. */
  readonly expiresAt: number;
  readonly scope: readonly string[];
}

/**
 * Manages accounts, users, keys and sessions from a host's own code, with the rights of an account's owner. The same
 * rules apply: addresses are unique, passwords are checked, a key never gets `admin`, events are published.
 *
 * Each call is a transaction of its own. To read, use the entities: they are in the host's DataSource.
 *
 * @public
 */
@Injectable()
export class GatehouseService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly signUp: SignUpService,
    private readonly users: UsersService,
    private readonly members: MembersService,
    private readonly apiKeyIssuer: ApiKeyIssuer,
    private readonly apiKeys: ApiKeysService,
    private readonly sessions: SessionsService,
    private readonly auth: AuthService,
    private readonly authenticator: PrincipalAuthenticator,
    private readonly scopes: ScopeRegistry,
    private readonly database: Database,
  ) {}

  /**
   * Opens an account with its owner.
   *
   * @throws CodedException 40001 for address or password, 40901 for an address that is in use anywhere, 42901,
   *   50301
   */
  async createAccount(options: NewAccountOptions): Promise<{ account: Account; owner: User }> {
    const { name, country, planId = null, owner } = options;
    const { accountId, userId } = await this.signUp.open({ name, country, planId }, owner);
    const user = await this.users.findById(userId);
    if (!user) throw new Error('the owner is gone already');
    return { account: await this.accounts.get(accountId), owner: user };
  }

  /**
   * Adds a user to an account.
   *
   * @throws CodedException 40001, 40303 for `owner`, 40410 for an unknown account, 40901 for an address
   *   that is in use anywhere, 42901, 50301
   */
  createUser(accountId: string, user: NewUserOptions & { readonly role: string }): Promise<User> {
    const { emailAddress, firstName, surname, role, password, passwordHash } = user;
    const member = { emailAddress, firstName, surname, role, password, passwordHash };
    return this.members.create(this.actor(accountId), member);
  }

  /**
   * Changes names, role or active state. A new role or deactivation ends the user's sessions (S-55).
   *
   * @throws CodedException 40001, 40303 for the owner, 40410, 50301
   */
  changeUser(accountId: string, userId: string, changes: MemberChanges): Promise<User> {
    return this.members.change(this.actor(accountId), userId, changes);
  }

  /** @throws CodedException 40303 for the owner, 40410, 50301 */
  deleteUser(accountId: string, userId: string): Promise<void> {
    return this.members.delete(this.actor(accountId), userId);
  }

  /** @throws CodedException 40001, 40410 for an unknown account, 40902, 50301 */
  async createApiKey(accountId: string, options: NewApiKeyOptions): Promise<NewApiKeyResult> {
    const { name, role, allowedIps = null, expiresAt = null } = options;
    const facts = { name, role, allowedIps, expiresAt };
    const { key, secret } = await this.apiKeyIssuer.create(this.actor(accountId), facts, undefined);
    return { apiKey: key, key: key.key, secret };
  }

  /**
   * Revokes a key and its sessions permanently. A second call changes nothing.
   *
   * @throws CodedException 40410, 50301
   */
  revokeApiKey(accountId: string, apiKeyId: string): Promise<ApiKey> {
    return this.apiKeys.revoke(this.actor(accountId), apiKeyId);
  }

  /**
   * Signs a user in without a password, after a sign-in of the host's own (a social one, a link in a mail).
   *
   * @throws CodedException 40004 for a scope that the user does not hold, 40102 for a user or account that is
   *   not active, 40410, 50301
   */
  async createSession(userId: string, options: NewSessionOptions = {}): Promise<SessionTokens> {
    const { scope, ipAddress = '', userAgent = null } = options;
    const tokens = await this.auth.signInAs(userId, scope, { address: ipAddress, userAgent });
    return {
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresAt: tokens.expires_at,
      scope: tokens.Scope,
    };
  }

  /**
   * Ends all sessions of a user.
   *
   * @throws CodedException 50301
   */
  async endSessions(userId: string): Promise<void> {
    const owner = { type: 'user', id: userId } as const;
    await this.database.transaction(
      (manager) => this.sessions.endAll(owner, manager),
      // After a lost COMMIT the outcome does not matter: the caller gets 50301 and may call again.
      () => Promise.resolve(undefined),
      [userId],
    );
  }

  /**
   * Verifies a credential, for transports that the guards do not support.
   *
   * @param authorization as in the header: `Bearer …`, or `Basic …` of an API key
   * @param clientAddress address of the client, for keys that are bound to addresses (S-195)
   * @throws CodedException 40101, 40103, 40104, 40105, 50301
   */
  async authenticate(authorization: string, clientAddress: string): Promise<Principal> {
    return this.authenticator.authenticate({ authorization, clientAddress, requestId: undefined });
  }

  private actor(accountId: string): Actor {
    return applicationActor(accountId, this.scopes.expand(['owner']));
  }
}
