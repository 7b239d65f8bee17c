import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PrincipalAuthenticator } from './access/principal-authenticator.js';
import { applicationActor, type Actor, type Principal } from './access/principal.js';
import type { Account } from './accounts/account.entity.js';
import { AccountsService } from './accounts/accounts.service.js';
import { ApiKeyIssuer } from './api-keys/api-key-issuer.js';
import type { ApiKey } from './api-keys/api-key.entity.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { LeakedApiKeys } from './api-keys/leaked-api-keys.js';
import { AuditService } from './audit/audit.service.js';
import type { AuditVerification } from './audit/seal/audit-verification.js';
import { AuditVerifier } from './audit/seal/audit-verifier.js';
import type { AuditRecord } from './audit/audit-record.entity.js';
import { AuthService } from './auth/auth.service.js';
import { CodedException } from './common/errors/coded.exception.js';
import { ERROR } from './common/errors/error-codes.js';
import { pageQuery } from './common/paging/page-query.js';
import type { Page } from './common/paging/pages.js';
import { invalidRequest } from './common/validation/validation.pipe.js';
import { ShownLinks, type ShownLink } from './recovery/shown-links.js';
import { ScopeRegistry } from './scopes/scope-registry.js';
import type { Scope } from './scopes/define-scopes.js';
import type { RefreshToken } from './sessions/refresh-token.entity.js';
import { SessionsService } from './sessions/sessions.service.js';
import { EmailVerifications } from './users/email-verifications.js';
import { MembersService, type MemberChanges } from './users/members.service.js';
import { NewMembersService } from './users/new-members.service.js';
import { SignUpService } from './users/sign-up.service.js';
import type { User } from './users/user.entity.js';
import { UsersService } from './users/users.service.js';

/** Where a change belongs to. */
export interface ChangeOptions {
  /**
   * The manager of an open transaction on Gatehouse's DataSource, as `dataSource.transaction` gives it. The change
   * becomes part of that transaction, and its events follow the commit.
   */
  readonly manager?: EntityManager;
}

/** The part of a list to read. */
export interface ListOptions {
  /** How many at most: 1 to 100, 50 by default. */
  readonly limit?: number;
  /** Where to continue: pass `next` of the page before. */
  readonly cursor?: string;
}

/** The part of the audit trail to read. */
export interface AuditListOptions extends ListOptions {
  /** Name of the event, such as `sign_in.failed`. */
  readonly event?: string;
  /** Id of a user or API key; for another actor the same as `actorType`. */
  readonly actorId?: string;
  /** Id of a user, API key, role, session or account. */
  readonly targetId?: string;
  /** Earliest time, in ms since the epoch. */
  readonly from?: number;
  /** Latest time, in ms since the epoch. */
  readonly to?: number;
}

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
  /** Without a password or hash, only `createSession` signs the user in, until a link of `createInvitationLink` sets one. */
  readonly password?: string;
  /**
   * In place of a password, the hash that another system stored: bcrypt (`$2a$`, `$2b$`, `$2y$`) up to cost 14, or what
   * the application's own `PasswordHasher` takes. The first sign-in replaces it.
   */
  readonly passwordHash?: string;
}

/** A new password, or in its place the hash that another system stored. */
export type PasswordSetting =
  | { readonly password: string; readonly passwordHash?: undefined }
  | { readonly password?: undefined; readonly passwordHash: string };

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
 * rules apply: addresses are unique, passwords are checked, a key never gets `admin`. Events and the audit log name the
 * actor `application`.
 *
 * Each change is a transaction of its own, or part of the one whose `manager` it is given. There its events, audit lines
 * and effects on caches follow the outer commit, and a rollback leaves none; a refusal is audited at once. It is a
 * savepoint, so that a refusal leaves the transaction usable. Faults of the database are passed on as the driver gives
 * them in place of 50301, because only the host can repeat its transaction after a deadlock. Await each call before the
 * next statement of that transaction.
 *
 * @example
 * await dataSource.transaction(async (manager) => {
 *   const { account } = await gatehouse.createAccount(details, { manager });
 *   await manager.insert(Tenant, { accountId: account.id });
 * });
 * @public
 */
@Injectable()
export class GatehouseService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly signUp: SignUpService,
    private readonly users: UsersService,
    private readonly members: MembersService,
    private readonly verifications: EmailVerifications,
    private readonly newMembers: NewMembersService,
    private readonly apiKeyIssuer: ApiKeyIssuer,
    private readonly apiKeys: ApiKeysService,
    private readonly leakedApiKeys: LeakedApiKeys,
    private readonly sessions: SessionsService,
    private readonly auth: AuthService,
    private readonly audit: AuditService,
    private readonly auditVerifier: AuditVerifier,
    private readonly shownLinks: ShownLinks,
    private readonly authenticator: PrincipalAuthenticator,
    private readonly scopes: ScopeRegistry,
  ) {}

  /**
   * Opens an account with its owner.
   *
   * @throws CodedException 40001 for address or password, 40901 for an address that is in use anywhere, 42901,
   *   50301
   */
  async createAccount(
    options: NewAccountOptions,
    { manager }: ChangeOptions = {},
  ): Promise<{ account: Account; owner: User }> {
    const { name, country, planId = null, owner } = options;
    const facts = { name, country, planId };
    const { accountId, userId } = await this.signUp.open(facts, owner, manager);
    const user = await this.users.findById(userId, manager);
    if (!user) throw new Error('the owner is gone already');
    return { account: await this.accounts.get(accountId, manager), owner: user };
  }

  /**
   * The users of an account, newest first.
   *
   * @throws CodedException 40001 for `limit` or `cursor`, 50301
   */
  async listUsers(accountId: string, page: ListOptions = {}): Promise<Page<User>> {
    return this.members.list(this.actor(accountId), pageQuery(page));
  }

  /** @throws CodedException 40410, 50301 */
  getUser(accountId: string, userId: string): Promise<User> {
    return this.members.get(this.actor(accountId), userId);
  }

  /**
   * Adds a user to an account.
   *
   * @throws CodedException 40001, 40303 for `owner`, 40410 for an unknown account, 40901 for an address
   *   that is in use anywhere, 42901, 50301
   */
  createUser(
    accountId: string,
    user: NewUserOptions & { readonly role: string },
    { manager }: ChangeOptions = {},
  ): Promise<User> {
    const { emailAddress, firstName, surname, role, password, passwordHash } = user;
    const member = { emailAddress, firstName, surname, role, password, passwordHash };
    return this.newMembers.create(this.actor(accountId), member, manager);
  }

  /**
   * Changes names, role or active state. A new role or deactivation ends the user's sessions (S-55).
   *
   * @throws CodedException 40001, 40303 for the owner, 40410, 50301
   */
  changeUser(
    accountId: string,
    userId: string,
    { firstName, surname, role, isActive }: MemberChanges,
    { manager }: ChangeOptions = {},
  ): Promise<User> {
    // An object of a wider type must not change more than these (S-98).
    const changes = {
      ...(firstName !== undefined && { firstName }),
      ...(surname !== undefined && { surname }),
      ...(role !== undefined && { role }),
      ...(isActive !== undefined && { isActive }),
    };
    return this.members.change(this.actor(accountId), userId, changes, manager);
  }

  /**
   * Gives a user another password, without the present one, and ends all sessions of the user (S-55).
   *
   * @throws CodedException 40001 for a password that the policy refuses or a hash that the hasher does not take, 40410,
   *   42901, 50301
   */
  async setPassword(
    accountId: string,
    userId: string,
    { password, passwordHash }: PasswordSetting,
    { manager }: ChangeOptions = {},
  ): Promise<void> {
    if ((password === undefined) === (passwordHash === undefined)) {
      const message = 'either password or passwordHash must be given';
      throw invalidRequest([{ field: 'password', message }]);
    }
    const setting = { password, passwordHash };
    await this.members.setPassword(this.actor(accountId), userId, setting, manager);
  }

  /**
   * Confirms the address of a user without a link, after a check of the host's own.
   *
   * @throws CodedException 40410 for an unknown or disabled user, 50301
   */
  async verifyEmail(userId: string, { manager }: ChangeOptions = {}): Promise<void> {
    const actor = await this.actorFor(userId, manager);
    await this.verifications.confirm(actor, userId, manager);
  }

  /**
   * Sends a user the link that confirms the address; nothing, if it is confirmed.
   *
   * @throws CodedException 40410, 50301
   */
  async requestEmailVerification(userId: string, { manager }: ChangeOptions = {}): Promise<void> {
    const actor = await this.actorFor(userId, manager);
    await this.verifications.request(actor, userId, manager);
  }

  /**
   * Makes a link by which a user without a password sets the first one, for a letter of the host's own or another way to
   * the user. It works once, within seven days; accepting it does not confirm the address.
   *
   * @throws CodedException 40102 for a user or account that is not active, 40410, 40901 for a user who has a password,
   *   50301
   */
  createInvitationLink(userId: string, { manager }: ChangeOptions = {}): Promise<ShownLink> {
    return this.shownLinks.create('invitation', userId, undefined, manager);
  }

  /**
   * Makes a link by which a user sets a new password, also the owner. It works once, within an hour, and ends all
   * sessions of the user when it is used; until then it changes nothing.
   *
   * @throws CodedException 40102 for a user or account that is not active, 40410, 50301
   */
  createPasswordResetLink(userId: string, { manager }: ChangeOptions = {}): Promise<ShownLink> {
    return this.shownLinks.create('reset', userId, undefined, manager);
  }

  /** @throws CodedException 40303 for the owner, 40410, 50301 */
  deleteUser(accountId: string, userId: string, { manager }: ChangeOptions = {}): Promise<void> {
    return this.members.delete(this.actor(accountId), userId, manager);
  }

  /**
   * The API keys of an account, newest first, with those that have ended.
   *
   * @throws CodedException 40001 for `limit` or `cursor`, 50301
   */
  async listApiKeys(accountId: string, page: ListOptions = {}): Promise<Page<ApiKey>> {
    return this.apiKeys.list(this.actor(accountId), pageQuery(page));
  }

  /** @throws CodedException 40001, 40410 for an unknown account, 40902, 50301 */
  async createApiKey(
    accountId: string,
    options: NewApiKeyOptions,
    { manager }: ChangeOptions = {},
  ): Promise<NewApiKeyResult> {
    const { name, role, allowedIps = null, expiresAt = null } = options;
    const facts = { name, role, allowedIps, expiresAt };
    const actor = this.actor(accountId);
    const { key, secret } = await this.apiKeyIssuer.create(actor, facts, undefined, manager);
    return { apiKey: key, key: key.key, secret };
  }

  /**
   * Revokes a key and its sessions permanently. A second call changes nothing.
   *
   * @throws CodedException 40410, 50301
   */
  revokeApiKey(
    accountId: string,
    apiKeyId: string,
    { manager }: ChangeOptions = {},
  ): Promise<ApiKey> {
    return this.apiKeys.revoke(this.actor(accountId), apiKeyId, manager);
  }

  /**
   * Ends a key that was found where it does not belong, such as in a repository, with its sessions. Of a secret that was
   * replaced, and whose overlap is not over, it ends only that secret.
   *
   * @param apiKey `key.secret`, as it was found
   * @returns whether this call ended anything; `false` for a text that is no live key
   * @throws CodedException 50301
   */
  reportLeakedApiKey(apiKey: string, { manager }: ChangeOptions = {}): Promise<boolean> {
    return this.leakedApiKeys.reportFor(apiKey, manager);
  }

  /**
   * Signs a user in without a password, after a sign-in of the host's own (a social one, a link in a mail). The tokens
   * are valid once the transaction is committed.
   *
   * @throws CodedException 40004 for a scope that the user does not hold, 40102 for a user or account that is
   *   not active, 40410, 50301
   */
  async createSession(
    userId: string,
    options: NewSessionOptions = {},
    { manager }: ChangeOptions = {},
  ): Promise<SessionTokens> {
    const { scope, ipAddress = '', userAgent = null } = options;
    const client = { address: ipAddress, userAgent };
    const tokens = await this.auth.signInAs(userId, scope, client, manager);
    return {
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresAt: tokens.expires_at,
      scope: tokens.Scope,
    };
  }

  /**
   * The live sessions of a user, newest first.
   *
   * @throws CodedException 40001 for `limit` or `cursor`, 50301
   */
  async listSessions(userId: string, page: ListOptions = {}): Promise<Page<RefreshToken>> {
    return this.sessions.list({ type: 'user', id: userId }, pageQuery(page));
  }

  /**
   * Ends one session of a user.
   *
   * @throws CodedException 40410 for a session that is not live or not the user's, 50301
   */
  async endSession(
    userId: string,
    sessionId: string,
    { manager }: ChangeOptions = {},
  ): Promise<void> {
    const actor = await this.actorFor(userId, manager);
    await this.members.endSession(actor, userId, sessionId, manager);
  }

  /**
   * Ends all sessions of a user.
   *
   * @throws CodedException 40410, 50301
   */
  async endSessions(userId: string, { manager }: ChangeOptions = {}): Promise<void> {
    const actor = await this.actorFor(userId, manager);
    await this.members.endSessions(actor, userId, manager);
  }

  /**
   * The audit trail of an account, also of a deleted one, newest first.
   *
   * @param page with the conditions that the records meet; a cursor is valid only with the same ones
   * @throws CodedException 40001 for `limit`, `cursor` or a time, 50301
   */
  async listAuditRecords(
    accountId: string,
    { limit, cursor, ...filters }: AuditListOptions = {},
  ): Promise<Page<AuditRecord>> {
    for (const field of ['from', 'to'] as const) {
      const time = filters[field];
      if (time === undefined || Number.isSafeInteger(time)) continue;
      throw invalidRequest([{ field, message: `${field} must be a time in ms since the epoch` }]);
    }
    return this.audit.list({ accountId }, pageQuery({ limit, cursor }), filters);
  }

  /**
   * Verifies the audit trail against its seals: each row that was edited, inserted, moved or removed in the database. It
   * reads every row, in pages.
   *
   * @param accountId only the trail of this account
   */
  verifyAudit(accountId?: string): Promise<AuditVerification> {
    return this.auditVerifier.verify(accountId);
  }

  /**
   * Verifies a credential, for transports that the guards do not support.
   *
   * @param authorization as in the header: `Bearer …`, or `Basic …` of an API key
   * @param clientAddress address of the client, for keys that are bound to addresses (S-195)
   * @throws CodedException 40101, 40103, 40104, 40105, 42901 once its address has sent too many wrong keys, 50301
   */
  async authenticate(authorization: string, clientAddress: string): Promise<Principal> {
    return this.authenticator.authenticate({ authorization, clientAddress, requestId: undefined });
  }

  private actor(accountId: string): Actor {
    return applicationActor(accountId, this.scopes.expand(['owner']));
  }

  private async actorFor(userId: string, manager: EntityManager | undefined): Promise<Actor> {
    const user = await this.users.findById(userId, manager);
    if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    return this.actor(user.accountId);
  }
}
