import { Injectable } from '@nestjs/common';
import { In, Not, type EntityManager } from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { given } from '../database/given.js';
import { presentRows, shareRows } from '../database/locking.js';
import { newestFirst } from '../database/newest-first.js';
import { Role } from './role.entity.js';

@Injectable()
export class RolesRepository {
  /** Newest first. */
  findByAccountId(accountId: string, manager: EntityManager): Promise<Role[]> {
    return this.findByAccountIds([accountId], manager);
  }

  /** Newest first. */
  findByAccountIds(accountIds: readonly string[], manager: EntityManager): Promise<Role[]> {
    const query = manager
      .createQueryBuilder(Role, 'role')
      .where({ accountId: In([...accountIds]) })
      .orderBy('role.createdAt', 'DESC')
      .addOrderBy('role.id', 'DESC');
    return presentRows(query, manager).getMany();
  }

  /** Newest first. */
  findPage(
    accountId: string,
    after: Position | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<Role[]> {
    const query = manager
      .createQueryBuilder(Role, 'role')
      .where('role.accountId = :accountId', { accountId });
    return newestFirst(query, after, take).getMany();
  }

  /** Reads with a lock, which sees the present row also where the transaction of a host reads an old snapshot. */
  async existsByName(accountId: string, name: string, manager: EntityManager): Promise<boolean> {
    const query = manager
      .createQueryBuilder(Role, 'role')
      .select('role.id')
      .where('role.accountId = :accountId AND role.name = :name', given({ accountId, name }));
    return (await shareRows(query, manager)).length > 0;
  }

  findById(accountId: string, id: string, manager: EntityManager): Promise<Role | null> {
    return manager.findOneBy(Role, given({ accountId, id }));
  }

  /** Those of the names that any account uses for an own role. */
  async findNamesAmong(names: readonly string[], manager: EntityManager): Promise<string[]> {
    const roles = await manager
      .createQueryBuilder(Role, 'role')
      .select('role.name', 'name')
      .distinct()
      .where('role.name IN (:...names)', { names })
      .getRawMany<{ name: string }>();
    return roles.map(({ name }) => name);
  }

  async insert(role: Role, manager: EntityManager): Promise<void> {
    await manager.insert(Role, role);
  }

  async replace(
    { id, accountId, name, description, scopes, modifiedAt }: Role,
    manager: EntityManager,
  ): Promise<void> {
    // TypeORM passes an empty list to the transformer like any other value.
    await manager.update(Role, given({ id, accountId }), { name, description, scopes, modifiedAt });
  }

  async delete({ id, accountId }: Role, manager: EntityManager): Promise<void> {
    await manager.delete(Role, given({ id, accountId }));
  }

  exists(
    { id, accountId }: Pick<Role, 'id' | 'accountId'>,
    manager: EntityManager,
  ): Promise<boolean> {
    return manager.existsBy(Role, given({ id, accountId }));
  }

  isNameTaken(
    { id, accountId, name }: Pick<Role, 'id' | 'accountId' | 'name'>,
    manager: EntityManager,
  ): Promise<boolean> {
    return manager.existsBy(Role, given({ accountId, name, id: Not(id) }));
  }
}
