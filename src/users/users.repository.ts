import { Injectable } from '@nestjs/common';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { CompiledLookUp } from '../database/compiled-look-up.js';
import { CompiledUpdate } from '../database/compiled-update.js';
import { given } from '../database/given.js';
import { lockInOrder, presentRows } from '../database/locking.js';
import { newestFirst } from '../database/newest-first.js';
import { User } from './user.entity.js';

@Injectable()
export class UsersRepository {
  async insert(user: Omit<User, 'account'>, manager: EntityManager): Promise<void> {
    await manager.insert(User, user);
  }

  /** Finds a user with account and password hash. */
  findByCanonicalEmail(canonicalEmail: string, manager: EntityManager): Promise<User | null> {
    return BY_CANONICAL_EMAIL.findOne(manager, canonicalEmail);
  }

  findById(id: string, manager: EntityManager): Promise<User | null> {
    return presentUser({ id }, manager);
  }

  /** Finds a user with account and password hash; a host's transaction should lock the user before. */
  findWithPassword(id: string, manager: EntityManager): Promise<User | null> {
    const query = manager
      .createQueryBuilder(User, 'user')
      .addSelect('user.passwordHash')
      .innerJoinAndSelect('user.account', 'account')
      .where('user.id = :id', { id });
    return presentRows(query, manager).getOne();
  }

  findMember(accountId: string, id: string, manager: EntityManager): Promise<User | null> {
    return presentUser({ accountId, id }, manager);
  }

  /** Locks users of the account until the transaction ends, in the order of their ids. */
  lockMembers(accountId: string, ids: readonly string[], manager: EntityManager): Promise<User[]> {
    return lockInOrder(members(accountId, ids, manager), manager).getMany();
  }

  /** Users of the account with their password hashes. */
  findMembersWithPasswords(
    accountId: string,
    ids: readonly string[],
    manager: EntityManager,
  ): Promise<User[]> {
    return members(accountId, ids, manager).addSelect('user.passwordHash').getMany();
  }

  /** Newest first. */
  findMembers(
    accountId: string,
    after: Position | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<User[]> {
    const query = manager
      .createQueryBuilder(User, 'user')
      .where('user.accountId = :accountId', { accountId });
    return newestFirst(query, after, take).getMany();
  }

  isRoleAssigned(accountId: string, role: string, manager: EntityManager): Promise<boolean> {
    return manager.existsBy(User, given({ accountId, role }));
  }

  async update(
    { id, accountId }: Pick<User, 'id' | 'accountId'>,
    values: Partial<
      Pick<
        User,
        | 'firstName'
        | 'surname'
        | 'emailAddress'
        | 'canonicalEmail'
        | 'role'
        | 'isActive'
        | 'isVerified'
        | 'passwordHash'
        | 'modifiedAt'
      >
    >,
    manager: EntityManager,
  ): Promise<void> {
    await manager.update(User, given({ id, accountId }), values);
  }

  /** Deletes a user; the foreign key deletes the sessions too (S-169). */
  async delete(
    { id, accountId }: Pick<User, 'id' | 'accountId'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.delete(User, given({ id, accountId }));
  }

  async isEmpty(manager: EntityManager): Promise<boolean> {
    return !(await manager.exists(User));
  }

  /**
   * Records a sign-in, and thereby locks the row until the transaction ends.
   *
   * @returns `false` when the user was deactivated, deleted or given another role or password meanwhile
   */
  async markSignedIn(
    { id, passwordHash, role }: Pick<User, 'id' | 'passwordHash' | 'role'>,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    if (passwordHash === null) return false;
    return (await MARK_SIGNED_IN.run(manager, { id, passwordHash, role, now })) === 1;
  }

  /** As {@link markSignedIn}, without a check of the password. */
  async markSignedInWithoutPassword(
    { id, role }: Pick<User, 'id' | 'role'>,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const result = await manager.update(User, given({ id, role, isActive: true }), {
      lastSignInAt: now,
    });
    return result.affected === 1;
  }

  /** Replaces a hash, unless it has changed meanwhile. */
  async replaceHash(
    { id, passwordHash }: Pick<User, 'id' | 'passwordHash'>,
    newHash: string,
    manager: EntityManager,
  ): Promise<boolean> {
    if (passwordHash === null) return false;
    const result = await manager.update(User, given({ id, passwordHash }), {
      passwordHash: newHash,
    });
    return result.affected === 1;
  }
}

function presentUser(
  conditions: Partial<Pick<User, 'id' | 'accountId'>>,
  manager: EntityManager,
): Promise<User | null> {
  const query = manager.createQueryBuilder(User, 'user').where(given(conditions));
  return presentRows(query, manager, 'pessimistic_write').getOne();
}

function members(
  accountId: string,
  ids: readonly string[],
  manager: EntityManager,
): SelectQueryBuilder<User> {
  return manager
    .createQueryBuilder(User, 'user')
    .where('user.accountId = :accountId AND user.id IN (:...ids)', { accountId, ids });
}

const BY_CANONICAL_EMAIL = new CompiledLookUp('user.canonicalEmail', (manager) =>
  manager
    .createQueryBuilder(User, 'user')
    .addSelect('user.passwordHash')
    .innerJoinAndSelect('user.account', 'account'),
);

const MARK_SIGNED_IN = new CompiledUpdate(['id', 'passwordHash', 'role', 'now'], (manager) =>
  manager
    .createQueryBuilder()
    .update(User)
    .set({ lastSignInAt: () => ':now' })
    .where('id = :id AND password_hash = :passwordHash AND role = :role')
    .andWhere('is_active = :isActive', { isActive: true }),
);
