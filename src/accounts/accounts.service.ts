import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Principal } from '../access/principal.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { Database } from '../database/database.js';
import type { Account } from './account.entity.js';
import { AccountsRepository } from './accounts.repository.js';
import { ActorAuthorization } from './actor-authorization.js';

export type NewAccount = Pick<Account, 'id' | 'name' | 'country' | 'planId'>;
export type AccountChanges = Partial<Pick<Account, 'name' | 'country'>>;

@Injectable()
export class AccountsService {
  constructor(
    private readonly repository: AccountsRepository,
    private readonly authorization: ActorAuthorization,
    private readonly database: Database,
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

  find(id: string, within?: EntityManager): Promise<Account | null> {
    return this.database.read((manager) => this.repository.findById(id, manager), within);
  }

  /** @throws CodedException 40410 when it was deleted after the guard's check */
  async get(id: string, within?: EntityManager): Promise<Account> {
    return found(await this.find(id, within));
  }

  /** @throws CodedException 40103, 40105, 40302 */
  async change(principal: Principal, changes: AccountChanges): Promise<Account> {
    const { accountId } = principal;
    const values = { ...changes, modifiedAt: this.clock.now() };
    return this.database.transaction(
      async (manager) => {
        const operation = { needs: ['account:write'], isAboutAccount: true } as const;
        await this.authorization.authorize(principal, operation, manager);
        await this.repository.update(accountId, values, manager);
        return found(await this.repository.findById(accountId, manager));
      },
      async (manager) => {
        const current = await this.repository.findById(accountId, manager);
        return current?.modifiedAt === values.modifiedAt ? current : undefined;
      },
      [accountId],
      () => [{ name: 'account.changed', ...by(principal) }],
    );
  }

  /** Sets whether the owner's address is confirmed, after the owner or the address has changed. */
  setVerified(id: string, isVerified: boolean, manager: EntityManager): Promise<void> {
    return this.repository.update(id, { isVerified }, manager);
  }

  /** Deletes the account and everything in it. */
  delete(id: string, manager: EntityManager): Promise<void> {
    return this.repository.delete(id, manager);
  }
}

function found(account: Account | null): Account {
  if (!account) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  return account;
}
