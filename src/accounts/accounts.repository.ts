import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { given } from '../database/given.js';
import { lockRows, presentRows, shareRows } from '../database/locking.js';
import { Account } from './account.entity.js';

@Injectable()
export class AccountsRepository {
  async insert(account: Account, manager: EntityManager): Promise<void> {
    await manager.insert(Account, account);
  }

  exists(id: string, manager: EntityManager): Promise<boolean> {
    return manager.existsBy(Account, given({ id }));
  }

  findById(id: string, manager: EntityManager): Promise<Account | null> {
    const query = manager.createQueryBuilder(Account, 'account').where(given({ id }));
    return presentRows(query, manager).getOne();
  }

  /** Locks the account exclusively until the transaction ends. */
  lock(id: string, manager: EntityManager): Promise<Pick<Account, 'isActive'> | null> {
    const query = manager.createQueryBuilder(Account, 'account').where('account.id = :id', { id });
    return lockRows(query, manager).getOne();
  }

  /** As {@link lock}, but the lock is shared with other transactions. */
  async share(id: string, manager: EntityManager): Promise<Pick<Account, 'isActive'> | null> {
    const query = manager
      .createQueryBuilder(Account, 'account')
      .select('account.isActive', 'isActive')
      .where('account.id = :id', { id });
    const [row] = await shareRows(query, manager);
    return row ? { isActive: Number(row['isActive']) === 1 } : null;
  }

  async update(
    id: string,
    values: Partial<Pick<Account, 'name' | 'country' | 'isVerified' | 'modifiedAt'>>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.update(Account, given({ id }), values);
  }

  /** Foreign keys delete its users, keys, roles and sessions as well (S-106). */
  async delete(id: string, manager: EntityManager): Promise<void> {
    await manager.delete(Account, given({ id }));
  }
}
