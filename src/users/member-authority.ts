import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { RoleAssignment } from '../accounts/role-assignment.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** Decides which users an actor may manage, in the transaction that changes them. */
@Injectable()
export class MemberAuthority {
  constructor(
    private readonly repository: UsersRepository,
    private readonly authorization: ActorAuthorization,
    private readonly roles: RoleAssignment,
  ) {}

  /**
   * Locks the user together with the actor, so that two users cannot demote each other at the same time.
   *
   * @returns both as they are now
   * @throws CodedException 40103, 40105, 40302, 40410
   */
  async lock(
    actor: Actor,
    id: string,
    manager: EntityManager,
  ): Promise<{ readonly acting: Actor; readonly user: User }> {
    const operation = { needs: ['users:write'], users: [id] } as const;
    const acting = await this.authorization.authorize(actor, operation, manager);
    // Reads with the lock again: in a transaction of the host, other reads may see an old snapshot.
    const [user] = await this.repository.lockMembers(actor.accountId, [id], manager);
    if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    return { acting, user };
  }

  /**
   * Refuses to change the owner, the caller, or a user with scopes that the caller does not hold, and to assign a role
   * that the caller does not hold (S-100).
   *
   * @throws CodedException 40001, 40302, 40303
   */
  async assertMayManage(
    actor: Actor,
    user: User,
    { role }: { readonly role?: string },
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
}
