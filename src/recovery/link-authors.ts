import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { applicationActor } from '../access/principal.js';
import { ActorAuthorization, type Author } from '../accounts/actor-authorization.js';
import { RoleAssignment } from '../accounts/role-assignment.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** What a link or the job that makes one says about its author and its user. */
export type Authored = Pick<OneTimeLink, 'accountId' | 'userId' | 'createdBy' | 'createdByType'>;

/** Reads the author of a link again: what they may no longer do, their links do not do either (S-109). */
@Injectable()
export class LinkAuthors {
  constructor(
    private readonly authorization: ActorAuthorization,
    private readonly roles: RoleAssignment,
    private readonly scopes: ScopeRegistry,
    private readonly users: UsersService,
  ) {}

  /**
   * Locks the user of a link, together with its author. It must come first in a transaction.
   *
   * @returns the user; `undefined` when the user is gone, or the author may no longer manage them
   */
  async lock(of: Authored, manager: EntityManager): Promise<User | undefined> {
    const { accountId, userId } = of;
    const author = this.authorOf(of);
    if (!author) return this.users.lock(accountId, userId, manager);
    const operation = { needs: ['users:write'], users: [userId] } as const;
    const acting = await this.authorization.authorizeAuthor(author, operation, manager);
    if (!acting) return undefined;
    const user = await this.users.lock(accountId, userId, manager);
    if (!user || acting.type === 'application') return user;
    if (user.role === 'owner' || user.id === acting.id) return undefined;
    return (await this.roles.covers(acting, user.role, manager)) ? user : undefined;
  }

  /** `undefined` for links that nobody's rights stand behind: the user's own, and those of Gatehouse itself. */
  private authorOf({ accountId, createdBy, createdByType }: Authored): Author | undefined {
    if (createdByType === 'application') {
      return applicationActor(accountId, this.scopes.expand(['owner']));
    }
    const isPrincipal = createdByType === 'user' || createdByType === 'api_key';
    return isPrincipal ? { id: createdBy, type: createdByType, accountId } : undefined;
  }
}
