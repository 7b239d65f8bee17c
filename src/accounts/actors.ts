import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { insufficientScope, unauthorized } from '../access/challenge.js';
import type { Actor, AnyActor, Principal } from '../access/principal.js';
import { ScopeHints } from '../access/scope-hints.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { Scope } from '../scopes/define-scopes.js';
import { openedScopes } from '../scopes/opened-scopes.js';
import { AccountScopes } from './account-scopes.js';
import { AccountsRepository } from './accounts.repository.js';

/** What somebody is about to do, and to what. */
export interface Intent {
  /** Every scope that it takes, as its route requires them; none: anybody who is signed in may. */
  readonly needs: readonly Scope[];
  /** Ids of the users whom it changes. */
  readonly users?: readonly string[];
  /** Ids of the API keys that it changes. */
  readonly apiKeys?: readonly string[];
  /** Whether it changes the account itself or its roles, or counts all rows of something (S-91). */
  readonly isAboutAccount?: boolean;
}

/**
 * Locks users or API keys of the actor's account, in the order of their ids.
 *
 * @returns the actor's role as it is now; `undefined` where the actor is none of them, or may act no more
 */
type HolderLock = (
  actor: AnyActor,
  ids: readonly string[],
  manager: EntityManager,
) => Promise<string | undefined>;

/** Locks the session that the principal came with; whether it goes on. */
type SessionLock = (
  principal: Principal,
  sessionId: string,
  manager: EntityManager,
) => Promise<boolean>;

/**
 * Makes sure, within the transaction that grants something or changes rights, that whoever asked for it may do it
 * still: what the guard saw may have changed since (S-104, S-211).
 *
 * The rows are locked in one order, so that nobody waits in a circle: users and then API keys, each by id, the
 * actor among them; the actor's session; the account. Taking a right away changes one of these rows: that
 * comes either before, and the actor is refused, or after the commit.
 */
@Injectable()
export class Actors {
  private readonly holderLocks = new Map<Principal['type'], HolderLock>();
  private lockSession: SessionLock = () => Promise.resolve(false);

  constructor(
    private readonly accounts: AccountsRepository,
    private readonly accountScopes: AccountScopes,
    private readonly hints: ScopeHints,
  ) {}

  /** For the rooms above, whose rows users and API keys are. */
  holdersAreLockedBy(type: Principal['type'], lock: HolderLock): void {
    this.holderLocks.set(type, lock);
  }

  /** For the room above, whose rows sessions are. */
  sessionsAreLockedBy(lock: SessionLock): void {
    this.lockSession = lock;
  }

  /**
   * Comes first in a transaction. Nobody else can change the actor, what the intent names, or the account's own
   * roles until it ends.
   *
   * @returns the actor as it is now, by whom everything else is judged
   * @throws CodedException what the guard would answer now: 40103, 40105, 40302; 40410 for the application in an
   *   account that is gone
   */
  async admit(actor: AnyActor, intent: Intent, manager: EntityManager): Promise<Actor> {
    const role = await this.lockHolders(actor, intent, manager);
    const hasSession = await this.lockOwnSession(actor, manager);
    const account = await this.lockAccount(actor, intent, manager);
    if (actor.type === 'application') {
      if (!account) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
      return actor;
    }
    if (role === undefined || !hasSession || !account?.isActive) throw gone(actor);
    const { accountId, granted } = actor;
    const names = [role, ...granted];
    const vocabulary = await this.accountScopes.vocabulary(accountId, names, manager);
    const current = { ...actor, role, ...openedScopes(vocabulary, role, granted) };
    const missing = intent.needs.filter((scope) => !current.scopes.has(scope));
    if (missing.length === 0) return current;
    throw insufficientScope(missing, this.hints.describe(current, missing));
  }

  private async lockHolders(
    actor: AnyActor,
    { users = [], apiKeys = [] }: Intent,
    manager: EntityManager,
  ): Promise<string | undefined> {
    let role: string | undefined;
    // Another order would let two transactions wait for each other.
    for (const [type, targets] of [['user', users] as const, ['api_key', apiKeys] as const]) {
      const ids = actor.type === type ? [...targets, actor.id] : targets;
      if (ids.length > 0) role = (await this.holderLocks.get(type)?.(actor, ids, manager)) ?? role;
    }
    return role;
  }

  private async lockOwnSession(actor: AnyActor, manager: EntityManager): Promise<boolean> {
    if (actor.type === 'application' || actor.sessionId === undefined) return true;
    return this.lockSession(actor, actor.sessionId, manager);
  }

  private lockAccount({ accountId }: AnyActor, intent: Intent, manager: EntityManager) {
    return intent.isAboutAccount === true
      ? this.accounts.lock(accountId, manager)
      : this.accounts.share(accountId, manager);
  }
}

function gone({ sessionId }: Principal): CodedException {
  const detail = 'ended meanwhile';
  return sessionId === undefined
    ? unauthorized(ERROR.API_KEY_INVALID, { detail })
    : unauthorized(ERROR.ACCESS_TOKEN_INVALID, { detail, isTokenRefused: true });
}
