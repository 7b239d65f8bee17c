import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { ActorAuthorization, type Operation } from '../accounts/actor-authorization.js';
import { RoleAssignment } from '../accounts/role-assignment.js';
import { RoleUsage } from '../accounts/role-usage.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { SessionRevocations, sessionRevoked } from '../sessions/session-revocations.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { NewPasswords, type NewPassword } from './new-passwords.js';
import { NewUsers } from './new-users.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** A user to create. Without a password the user cannot sign in until one is set. */
export interface NewMember
  extends NewPassword, Pick<User, 'emailAddress' | 'firstName' | 'surname' | 'role'> {}

const CHANGES_USERS: Operation = { needs: ['users:write'] };

/** The values of a user that may be changed. */
export type MemberChanges = Partial<Pick<User, 'firstName' | 'surname' | 'role' | 'isActive'>>;

/** Manages the users of an account within the rights of the caller. */
@Injectable()
export class MembersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly accounts: AccountsService,
    private readonly authorization: ActorAuthorization,
    private readonly roles: RoleAssignment,
    private readonly apiKeys: ApiKeysService,
    private readonly sessions: SessionsService,
    private readonly revocations: SessionRevocations,
    private readonly newUsers: NewUsers,
    private readonly newPasswords: NewPasswords,
    private readonly limits: ActionLimits,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
    private readonly events: EventBus,
    roleUsage: RoleUsage,
  ) {
    roleUsage.register((accountId, role, manager) =>
      this.repository.isRoleAssigned(accountId, role, manager),
    );
    authorization.registerLock('user', async ({ accountId, id }, ids, manager) => {
      const users = await this.repository.lockMembers(accountId, ids, manager);
      return users.find((user) => user.id === id && user.isActive)?.role;
    });
  }

  /** The users of the caller's account, newest first. */
  list({ accountId }: Actor, query: PageQuery): Promise<Page<User>> {
    return this.pages.page(query, ['users', accountId], (after, take) =>
      this.database.read((manager) => this.repository.findMembers(accountId, after, take, manager)),
    );
  }

  /** @throws CodedException 40410, for a user of another account as for an unknown one (S-22) */
  async get({ accountId }: Actor, id: string): Promise<User> {
    return found(
      await this.database.read((manager) => this.repository.findMember(accountId, id, manager)),
    );
  }

  /** @throws CodedException 40001, 40302, 40303, 40901 for an address that is in use anywhere, 42901 */
  async create(actor: Actor, member: NewMember, within?: EntityManager): Promise<User> {
    const { accountId } = actor;
    // The application's own code has no limit.
    if (actor.type !== 'application') {
      await this.limits.count('new_user', { caller: actor.id, account: accountId });
    }
    // The transaction refuses if the account has been deleted meanwhile.
    const accountName = (await this.accounts.find(accountId, within))?.name ?? '';
    const user = await this.newUsers.make({ ...member, accountId }, accountName);
    try {
      await this.database.transaction(
        async (manager) => {
          const acting = await this.authorization.authorize(actor, CHANGES_USERS, manager);
          await this.roles.assertAssignable(acting, member.role, manager);
          await this.repository.insert(user, manager);
        },
        async (manager) =>
          (await this.repository.findMember(user.accountId, user.id, manager)) ? null : undefined,
        NO_ACCESS,
        () => [{ name: 'user.created', ...by(actor), userId: user.id }],
        within,
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const detail = 'address in use';
      const refused = { name: 'user.refused', ...by(actor), reason: detail } as const;
      await this.events.reportWithin(within, refused);
      throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail });
    }
    return user;
  }

  /**
   * Changes names, role or active state. A changed role and a deactivation end the user's sessions (S-55).
   *
   * @throws CodedException 40001, 40302, 40303, 40410
   */
  async change(
    actor: Actor,
    id: string,
    changes: MemberChanges,
    within?: EntityManager,
  ): Promise<User> {
    const modifiedAt = this.clock.now();
    const { accountId } = actor;
    const changed = Object.keys(changes).join(' ');
    const result = await this.database.transaction(
      async (manager) => {
        const { acting, user } = await this.lock(actor, id, manager);
        const reason = departureReason(user, changes);
        const isReinstated = changes.isActive === true && !user.isActive;
        if (reason || isReinstated) await this.assertMayManage(acting, user, changes, manager);
        await this.repository.update(user, { ...changes, modifiedAt }, manager);
        const kept = reason ? await this.endSessionsOf(actor, id, reason, manager) : [];
        return { user: { ...user, ...changes, modifiedAt }, kept };
      },
      async (manager) => {
        const user = await this.repository.findMember(accountId, id, manager);
        return user?.modifiedAt === modifiedAt ? { user, kept: [] } : undefined;
      },
      [id],
      ({ kept }) => [{ name: 'user.changed', ...by(actor), userId: id, reason: changed }, ...kept],
      within,
    );
    return result.user;
  }

  /** @throws CodedException 40302, 40303, 40410 */
  async delete(actor: Actor, id: string, within?: EntityManager): Promise<void> {
    const { accountId } = actor;
    await this.database.transaction(
      async (manager) => {
        const { acting, user } = await this.lock(actor, id, manager);
        await this.assertMayManage(acting, user, {}, manager);
        const kept = await this.endSessionsOf(actor, id, 'deleted', manager);
        await this.repository.delete(user, manager);
        return kept;
      },
      async (manager) =>
        (await this.repository.findMember(accountId, id, manager)) ? undefined : [],
      [id],
      (kept) => [{ name: 'user.deleted', ...by(actor), userId: id }, ...kept],
      within,
    );
  }

  /**
   * Ends all sessions of a user. This needs the right to deactivate the user; users except the owner may end their own
   * (S-60). The application may end those of the owner too.
   *
   * @throws CodedException 40103, 40105, 40302, 40303, 40410
   */
  async endSessions(actor: Actor, id: string, within?: EntityManager): Promise<void> {
    const owner = { type: 'user', id } as const;
    await this.database.transaction(
      async (manager) => {
        const { acting, user } = await this.lock(actor, id, manager);
        const isSelf = user.id === actor.id && user.role !== 'owner';
        if (!isSelf && actor.type !== 'application')
          await this.assertMayManage(acting, user, {}, manager);
        return this.revocations.endAllOf(owner, actor, manager);
      },
      async (manager, ended) =>
        (await this.revocations.haveAllEnded(owner, manager)) ? ended : undefined,
      [id],
      (ended) => ended,
      within,
    );
  }

  /**
   * Ends one session of a user, for the application.
   *
   * @throws CodedException 40410 for a session that is not live or belongs to somebody else
   */
  async endSession(
    actor: Actor,
    id: string,
    sessionId: string,
    within?: EntityManager,
  ): Promise<void> {
    const owner = { type: 'user', id } as const;
    const ended = sessionRevoked(owner, sessionId, actor);
    await this.database.transaction(
      async (manager) => {
        await this.lock(actor, id, manager);
        const hasEnded = await this.revocations.endOneOf(owner, sessionId, manager);
        if (!hasEnded) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
        return null;
      },
      async (manager) => ((await this.revocations.hasEnded(sessionId, manager)) ? null : undefined),
      [sessionId],
      () => [ended],
      within,
    );
  }

  /**
   * Gives a user another password and ends all sessions, for the application (S-55).
   *
   * @throws CodedException 40001, 40410, 42901
   */
  async setPassword(
    actor: Actor,
    id: string,
    password: NewPassword,
    within?: EntityManager,
  ): Promise<void> {
    const { accountId } = actor;
    const read = (manager: EntityManager) => this.repository.findMember(accountId, id, manager);
    const { emailAddress } = found(await this.database.read(read, within));
    const accountName = (await this.accounts.find(accountId, within))?.name ?? '';
    const passwordHash = await this.newPasswords.hashFor(password, { accountName, emailAddress });
    const modifiedAt = this.clock.now();
    await this.database.transaction(
      async (manager) => {
        const { user } = await this.lock(actor, id, manager);
        await this.repository.update(user, { passwordHash, modifiedAt }, manager);
        await this.sessions.endAll({ type: 'user', id }, manager);
        return null;
      },
      async (manager) => {
        const user = await this.repository.findWithPassword(id, manager);
        return user?.passwordHash === passwordHash ? null : undefined;
      },
      [id],
      () => [{ name: 'password.changed', ...by(actor), userId: id }],
      within,
    );
  }

  /** Locks the user together with the actor, so that two users cannot demote each other at the same time. */
  private async lock(
    actor: Actor,
    id: string,
    manager: EntityManager,
  ): Promise<{ readonly acting: Actor; readonly user: User }> {
    const acting = await this.authorization.authorize(
      actor,
      { ...CHANGES_USERS, users: [id] },
      manager,
    );
    // Reads with the lock again: in a transaction of the host, other reads may see an old snapshot.
    const [user] = await this.repository.lockMembers(actor.accountId, [id], manager);
    return { acting, user: found(user) };
  }

  /**
   * Refuses to change the owner, the caller, or a user with scopes that the caller does not hold, and to assign a role
   * that the caller does not hold (S-100).
   */
  private async assertMayManage(
    actor: Actor,
    user: User,
    { role }: MemberChanges,
    manager: EntityManager,
  ): Promise<void> {
    if (user.role === 'owner') throw new CodedException(ERROR.OWNER_PROTECTED);
    if (role !== undefined && role !== user.role) {
      await this.roles.assertAssignable(actor, role, manager);
    }
    const mayManage = user.id !== actor.id && (await this.roles.covers(actor, user.role, manager));
    if (!mayManage) {
      throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'itself, or one above it' });
    }
  }

  /** Ends the user's sessions; returns the events of the API keys that stay. */
  private async endSessionsOf(
    actor: Actor,
    userId: string,
    reason: string,
    manager: EntityManager,
  ): Promise<readonly NewEvent[]> {
    await this.sessions.endAll({ type: 'user', id: userId }, manager);
    return this.apiKeys.keepKeysOf({ ...by(actor), userId, reason }, manager);
  }
}

function departureReason(user: User, changes: MemberChanges): string | undefined {
  if (changes.isActive === false && user.isActive) return 'deactivated';
  return changes.role !== undefined && changes.role !== user.role ? 'role changed' : undefined;
}

function found(user: User | null | undefined): User {
  if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  return user;
}
