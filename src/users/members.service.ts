import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { RoleUsage } from '../accounts/role-usage.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { Database } from '../database/database.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import {
  ENDED_BY_NEW_PASSWORD,
  LINK_PURPOSES,
  PASSWORD_LINKS,
  type LinkPurpose,
} from '../links/link-purpose.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { SessionRevocations, sessionRevoked } from '../sessions/session-revocations.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { MemberAuthority } from './member-authority.js';
import { NewPasswords, type NewPassword } from './new-passwords.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** The values of a user that may be changed. */
export type MemberChanges = Partial<Pick<User, 'firstName' | 'surname' | 'role' | 'isActive'>>;

type Departure = 'deactivated' | 'role changed';

/** Links were made for what the user was then (S-109). */
const LINKS_ENDED_BY = {
  deactivated: LINK_PURPOSES,
  'role changed': PASSWORD_LINKS,
} as const satisfies Record<Departure, readonly LinkPurpose[]>;

/** Manages the users of an account within the rights of the caller. */
@Injectable()
export class MembersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly accounts: AccountsService,
    private readonly authority: MemberAuthority,
    private readonly apiKeys: ApiKeysService,
    private readonly links: OneTimeLinks,
    private readonly sessions: SessionsService,
    private readonly revocations: SessionRevocations,
    private readonly newPasswords: NewPasswords,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
    authorization: ActorAuthorization,
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

  /**
   * Changes names, role or active state. A changed role and a deactivation end the user's sessions (S-55) and open links.
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
        const { acting, user } = await this.authority.lock(actor, id, manager);
        const reason = departureReason(user, changes);
        const isReinstated = changes.isActive === true && !user.isActive;
        if (reason || isReinstated)
          await this.authority.assertMayManage(acting, user, changes, manager);
        await this.repository.update(user, { ...changes, modifiedAt }, manager);
        const kept = reason ? await this.endSessionsOf(actor, id, reason, manager) : [];
        if (reason) await this.links.voidAll(id, manager, LINKS_ENDED_BY[reason]);
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
        const { acting, user } = await this.authority.lock(actor, id, manager);
        await this.authority.assertMayManage(acting, user, {}, manager);
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
        const { acting, user } = await this.authority.lock(actor, id, manager);
        const isSelf = user.id === actor.id && user.role !== 'owner';
        if (!isSelf && actor.type !== 'application')
          await this.authority.assertMayManage(acting, user, {}, manager);
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
        await this.authority.lock(actor, id, manager);
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
        const { user } = await this.authority.lock(actor, id, manager);
        await this.repository.update(user, { passwordHash, modifiedAt }, manager);
        await this.sessions.endAll({ type: 'user', id }, manager);
        await this.links.voidAll(id, manager, ENDED_BY_NEW_PASSWORD);
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

function departureReason(user: User, changes: MemberChanges): Departure | undefined {
  if (changes.isActive === false && user.isActive) return 'deactivated';
  return changes.role !== undefined && changes.role !== user.role ? 'role changed' : undefined;
}

function found(user: User | null | undefined): User {
  if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  return user;
}
