import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AccountsService, type NewAccount } from '../accounts/accounts.service.js';
import { Clock } from '../common/clock.js';
import { PasswordHasher } from '../common/crypto/password-hasher.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import { canonicalEmail } from './canonical-email.js';
import type { SignUpDto } from './dto/sign-up.dto.js';
import { NewPasswords } from './new-passwords.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** What an account and its owner are made of. */
export interface NewOwner {
  readonly accountName: string;
  readonly fullName: string;
  readonly emailAddress: string;
  readonly password: string;
  readonly country: string;
  readonly planId: string | null;
}

/** Opens accounts: an account and its owner come into being together or not at all. */
@Injectable()
export class SignUpService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly repository: UsersRepository,
    private readonly passwords: NewPasswords,
    private readonly hasher: PasswordHasher,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Opens an account for whoever asks. A taken address gets the same answer after the same work, and
   * nothing is created (S-20).
   *
   * @returns the account's id, which leads nowhere when the address was taken
   * @throws CodedException 40001, 42901, 50301
   */
  async signUp(dto: SignUpDto): Promise<string> {
    const owner: NewOwner = {
      accountName: dto.account_name,
      fullName: dto.full_name,
      emailAddress: dto.email_address,
      password: dto.password,
      country: dto.country,
      planId: dto.plan_id ?? null,
    };
    const account: NewAccount = newAccount(owner);
    try {
      await this.create(account, owner);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
    return account.id;
  }

  /**
   * Creates the first owner of an empty database; two starts at once make one.
   *
   * @returns whether this call created it
   * @throws CodedException 40001 when address or password will not do
   */
  async createFirstOwner(owner: NewOwner): Promise<boolean> {
    const isEmpty = await this.database.read((manager) => this.repository.isEmpty(manager));
    if (!isEmpty) return false;
    try {
      await this.create(newAccount(owner), owner);
      return true;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return false;
    }
  }

  private async create(account: NewAccount, owner: NewOwner): Promise<void> {
    const canonical = canonicalEmail(owner.emailAddress);
    if (canonical === undefined) {
      throw invalidRequest([{ field: 'email_address', message: 'email_address must be an email' }]);
    }
    this.passwords.assertAcceptable(owner.password, 'password', owner);
    const passwordHash = await this.hasher.hash(owner.password);
    const user = this.newUser(account.id, owner, canonical, passwordHash);

    await this.database.transaction(
      async (manager) => {
        await this.accounts.create(account, manager);
        await this.repository.insert(user, manager);
      },
      async (manager) => ((await this.accounts.exists(account.id, manager)) ? null : undefined),
    );
    this.audit.record({ event: 'account.created', accountId: account.id, userId: user.id });
  }

  private newUser(
    accountId: string,
    { fullName, emailAddress }: NewOwner,
    canonical: string,
    passwordHash: string,
  ): Omit<User, 'account'> {
    const now = this.clock.now();
    const [firstName = '', ...others] = fullName.trim().split(/\s+/);
    return {
      id: randomUUID(),
      accountId,
      emailAddress,
      canonicalEmail: canonical,
      firstName,
      surname: others.join(' '),
      passwordHash,
      role: 'owner',
      isActive: true,
      isVerified: false,
      lastSignInAt: null,
      createdAt: now,
      modifiedAt: now,
    };
  }
}

function newAccount({ accountName, country, planId }: NewOwner): NewAccount {
  return { id: randomUUID(), name: accountName, country, planId };
}
