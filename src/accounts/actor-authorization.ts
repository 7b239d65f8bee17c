import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { insufficientScope, unauthorized } from '../access/challenge.js';
import type { Actor, Principal } from '../access/principal.js';
import { ScopeHints } from '../access/scope-hints.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { Scope } from '../scopes/define-scopes.js';
import { openedScopes } from '../scopes/opened-scopes.js';
import { AccountScopes } from './account-scopes.js';
import { AccountsRepository } from './accounts.repository.js';

/** A change that an actor asks for: the scopes it takes and the rows it concerns. */
export interface Operation {
  /** All scopes that the route of the operation requires; an empty list takes any signed-in principal. */
  readonly needs: readonly Scope[];
  /** Ids of the users that it changes. */
  readonly users?: readonly string[];
  /** Ids of the API keys that it changes. */
  readonly apiKeys?: readonly string[];
  /** Whether it changes the account itself or its roles, or counts all rows of a kind (S-91). */
  readonly isAboutAccount?: boolean;
}

/** The actor of an earlier request: a user, an API key or the application. */
export type Author =
  Pick<Principal, 'id' | 'type' | 'accountId'> | Extract<Actor, { readonly type: 'application' }>;

const NOTHING_GRANTED = {
  role: '',
  scopes: new Set<string>(),
  granted: [],
  // Of a key that acted in person, the secret would be asked for.
  sessionId: '',
  expiresAt: null,
  claims: {},
} as const;

/**
 * Locks users or API keys of the actor's account, in the order of their ids.
 *
 * @returns the actor's present role; `undefined` when the actor is not one of these rows, or may no longer act
 */
type PrincipalLock = (
  actor: Actor,
  ids: readonly string[],
  manager: EntityManager,
) => Promise<string | undefined>;

/** Locks the principal's session, and tells whether it is live. */
type SessionLock = (
  principal: Principal,
  sessionId: string,
  manager: EntityManager,
) => Promise<boolean>;

/**
 * Authorizes the actor once more, inside the transaction that grants something or changes rights, because its rights
 * may have changed since the guard checked them (S-104, S-211).
 *
 * All transactions lock rows in one order, so that they cannot deadlock: users, then API keys, each by id, the
 * actor among them; then the actor's session; then the account. A transaction that takes a right away changes one
 * of these rows. It commits either before this one, which is then refused, or after it.
 */
@Injectable()
export class ActorAuthorization {
  private readonly principalLocks = new Map<Principal['type'], PrincipalLock>();
  private lockSession: SessionLock = () => Promise.resolve(false);

  constructor(
    private readonly accounts: AccountsRepository,
    private readonly accountScopes: AccountScopes,
    private readonly hints: ScopeHints,
  ) {}

  /** Called by the rooms that own the tables of users and API keys. */
  registerLock(type: Principal['type'], lock: PrincipalLock): void {
    this.principalLocks.set(type, lock);
  }

  /** Called by the room that owns the table of sessions. */
  registerSessionLock(lock: SessionLock): void {
    this.lockSession = lock;
  }

  /**
   * Must come first in a transaction. Until its end, no other transaction can change the actor, the rows of the
   * operation or the account's own roles.
   *
   * @returns the actor with its present role and scopes, for all further checks
   * @throws CodedException what the guard would answer now: 40103, 40105, 40302; 40410 for the application in an
   *   account that does not exist
   */
  async authorize(actor: Actor, operation: Operation, manager: EntityManager): Promise<Actor> {
    const role = await this.lockPrincipals(actor, operation, manager);
    const hasSession = await this.lockOwnSession(actor, manager);
    const account = await this.lockAccount(actor, operation, manager);
    if (actor.type === 'application') {
      if (!account) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
      return actor;
    }
    if (role === undefined || !hasSession || !account?.isActive) throw ended(actor);
    const { accountId, granted } = actor;
    const names = [role, ...granted];
    const vocabulary = await this.accountScopes.vocabulary(accountId, names, manager);
    const current = { ...actor, role, ...openedScopes(vocabulary, role, granted) };
    const missing = operation.needs.filter((scope) => !current.scopes.has(scope));
    if (missing.length === 0) return current;
    throw insufficientScope(missing, this.hints.describe(current, missing));
  }

  /**
   * As {@link authorize}, for the actor that made a link or a job, when its effect takes place: what counts is the present
   * role of the user or key (S-109). The session of the request may have ended since, and the secret been replaced.
   *
   * @returns the author with all that its role holds; `undefined` when it may no longer do this
   */
  async authorizeAuthor(
    author: Author,
    operation: Operation,
    manager: EntityManager,
  ): Promise<Actor | undefined> {
    const { accountId } = author;
    const actor = author.type === 'application' ? author : { ...NOTHING_GRANTED, ...author };
    const role = await this.lockPrincipals(actor, operation, manager);
    const account = await this.lockAccount(actor, operation, manager);
    if (!account?.isActive) return undefined;
    if (actor.type === 'application') return actor;
    if (role === undefined) return undefined;
    const vocabulary = await this.accountScopes.vocabulary(accountId, [role], manager);
    const current = { ...actor, role, ...openedScopes(vocabulary, role, [role]) };
    return operation.needs.every((scope) => current.scopes.has(scope)) ? current : undefined;
  }

  private async lockPrincipals(
    actor: Actor,
    { users = [], apiKeys = [] }: Operation,
    manager: EntityManager,
  ): Promise<string | undefined> {
    let role: string | undefined;
    // Any other order lets two transactions deadlock.
    for (const [type, targets] of [['user', users] as const, ['api_key', apiKeys] as const]) {
      const ids = actor.type === type ? [...targets, actor.id] : targets;
      if (ids.length > 0)
        role = (await this.principalLocks.get(type)?.(actor, ids, manager)) ?? role;
    }
    return role;
  }

  private async lockOwnSession(actor: Actor, manager: EntityManager): Promise<boolean> {
    if (actor.type === 'application' || actor.sessionId === undefined) return true;
    return this.lockSession(actor, actor.sessionId, manager);
  }

  private lockAccount({ accountId }: Actor, operation: Operation, manager: EntityManager) {
    return operation.isAboutAccount === true
      ? this.accounts.lock(accountId, manager)
      : this.accounts.share(accountId, manager);
  }
}

function ended({ sessionId }: Principal): CodedException {
  const detail = 'ended meanwhile';
  return sessionId === undefined
    ? unauthorized(ERROR.API_KEY_INVALID, { detail })
    : unauthorized(ERROR.ACCESS_TOKEN_INVALID, { detail, isTokenRefused: true });
}
