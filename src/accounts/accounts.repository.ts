import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Account } from './account.entity.js';

@Injectable()
export class AccountsRepository {
  async insert(account: Account, manager: EntityManager): Promise<void> {
    await manager.insert(Account, account);
  }

  exists(id: string, manager: EntityManager): Promise<boolean> {
    return manager.existsBy(Account, { id });
  }
}
