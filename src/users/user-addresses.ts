import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccountsService } from '../accounts/accounts.service.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { canonicalEmail } from './canonical-email.js';
import { NewUsers } from './new-users.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** The user that a link is for. */
type Recipient = Pick<OneTimeLink, 'accountId' | 'userId'>;

/** The address that a link is for. */
type ForAddress = Pick<OneTimeLink, 'address'>;

/** Confirms and changes addresses, in the transaction of the caller. */
@Injectable()
export class UserAddresses {
  constructor(
    private readonly repository: UsersRepository,
    private readonly accounts: AccountsService,
    private readonly newUsers: NewUsers,
    private readonly users: UsersService,
  ) {}

  /**
   * The canonical form of an address that a user may have from now on.
   *
   * @param field the name of the member in the error
   * @throws CodedException 40001
   */
  canonical(address: string, field: string): string {
    return this.newUsers.canonicalAddress(address, field);
  }

  /** Locks a user until the transaction ends; `undefined` for one who is not active, or whose account is not. */
  async lock({ accountId, userId }: Recipient, manager: EntityManager): Promise<User | undefined> {
    const user = await this.users.lock(accountId, userId, manager);
    return user?.isActive === true && user.account?.isActive === true ? user : undefined;
  }

  /** Whether this is still the address of a user. */
  isPresent({ canonicalEmail: present }: User, { address }: ForAddress): boolean {
    return canonicalEmail(address) === present;
  }

  /** Confirms the address of a locked user. */
  async confirm(user: User, modifiedAt: number, manager: EntityManager): Promise<void> {
    await this.repository.update(user, { isVerified: true, modifiedAt }, manager);
    await this.confirmAccount(user, manager);
  }

  /**
   * Gives a locked user another address, which is confirmed.
   *
   * @throws QueryFailedError a unique violation, if the address is in use
   */
  async replace(
    user: User,
    { address }: ForAddress,
    modifiedAt: number,
    manager: EntityManager,
  ): Promise<void> {
    const canonical = this.canonical(address, 'address');
    const values = { emailAddress: address, canonicalEmail: canonical, isVerified: true };
    await this.repository.update(user, { ...values, modifiedAt }, manager);
    await this.confirmAccount(user, manager);
  }

  /** The row of a user as it is now. */
  find({ accountId, userId }: Recipient, manager: EntityManager): Promise<User | null> {
    return this.repository.findMember(accountId, userId, manager);
  }

  /** An account is verified with the address of its owner. */
  private async confirmAccount({ role, accountId }: User, manager: EntityManager): Promise<void> {
    if (role === 'owner') await this.accounts.setVerified(accountId, true, manager);
  }
}
