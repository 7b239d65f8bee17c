import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import type { Account } from './account.entity.js';
import { AccountsRepository } from './accounts.repository.js';

export type NewAccount = Pick<Account, 'id' | 'name' | 'country' | 'planId'>;

@Injectable()
export class AccountsService {
  constructor(
    private readonly repository: AccountsRepository,
    private readonly clock: Clock,
  ) {}

  async create(account: NewAccount, manager: EntityManager): Promise<void> {
    const now = this.clock.now();
    const state = { isActive: true, isVerified: false, createdAt: now, modifiedAt: now };
    await this.repository.insert({ ...account, ...state }, manager);
  }

  exists(id: string, manager: EntityManager): Promise<boolean> {
    return this.repository.exists(id, manager);
  }
}
