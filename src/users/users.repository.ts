import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { User } from './user.entity.js';

@Injectable()
export class UsersRepository {
  async insert(user: Omit<User, 'account'>, manager: EntityManager): Promise<void> {
    await manager.insert(User, user);
  }

  /** With its account and its password hash. */
  findByCanonicalEmail(canonicalEmail: string, manager: EntityManager): Promise<User | null> {
    return manager
      .createQueryBuilder(User, 'user')
      .addSelect('user.passwordHash')
      .innerJoinAndSelect('user.account', 'account')
      .where('user.canonicalEmail = :canonicalEmail', { canonicalEmail })
      .getOne();
  }

  findById(id: string, manager: EntityManager): Promise<User | null> {
    return manager.findOneBy(User, { id });
  }

  async isEmpty(manager: EntityManager): Promise<boolean> {
    return !(await manager.exists(User));
  }

  /**
   * Notes a sign-in, and with it locks the row until the transaction ends.
   *
   * @returns `false` when the user was deactivated, deleted or given another password meanwhile
   */
  async markSignedIn(
    { id, passwordHash }: Pick<User, 'id' | 'passwordHash'>,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    if (passwordHash === null) return false;
    const result = await manager.update(
      User,
      { id, passwordHash, isActive: true },
      { lastSignInAt: now },
    );
    return result.affected === 1;
  }

  /** Replaces a hash, unless it has changed meanwhile. */
  async replaceHash(
    { id, passwordHash }: Pick<User, 'id' | 'passwordHash'>,
    newHash: string,
    manager: EntityManager,
  ): Promise<boolean> {
    if (passwordHash === null) return false;
    const result = await manager.update(User, { id, passwordHash }, { passwordHash: newHash });
    return result.affected === 1;
  }
}
