import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Clock } from '../common/clock.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { canonicalEmail, hasInvisibleCharacter } from './canonical-email.js';
import { NewPasswords, type NewPassword } from './new-passwords.js';
import type { User } from './user.entity.js';

/** What the creator of a user decides. */
export interface NewUser
  extends
    NewPassword,
    Pick<User, 'accountId' | 'emailAddress' | 'firstName' | 'surname' | 'role'> {}

/** Makes users that are not stored yet. */
@Injectable()
export class NewUsers {
  constructor(
    private readonly passwords: NewPasswords,
    private readonly clock: Clock,
  ) {}

  /**
   * @param accountName a part of it is refused as a password
   * @throws CodedException 40001 for an address or a password, 42901
   */
  async make(facts: NewUser, accountName: string): Promise<User> {
    const { accountId, emailAddress, firstName, surname, role, password, passwordHash } = facts;
    const canonical = this.canonicalAddress(emailAddress);
    const context = { accountName, emailAddress };
    const hash = await this.passwords.hashFor({ password, passwordHash }, context);
    const now = this.clock.now();
    return {
      id: randomUUID(),
      accountId,
      emailAddress,
      canonicalEmail: canonical,
      firstName,
      surname,
      passwordHash: hash,
      role,
      isActive: true,
      isVerified: false,
      lastSignInAt: null,
      createdAt: now,
      modifiedAt: now,
    };
  }

  /**
   * The canonical form of an address that a user may have from now on.
   *
   * @param field the name of the member in the error
   * @throws CodedException 40001
   */
  canonicalAddress(emailAddress: string, field = 'email_address'): string {
    const canonical = canonicalEmail(emailAddress);
    if (canonical !== undefined && !hasInvisibleCharacter(emailAddress)) return canonical;
    const message = `${field} must be an email without blanks and invisible characters`;
    throw invalidRequest([{ field, message }]);
  }

  /**
   * Checks address and password before anything else is done with them.
   *
   * @returns the canonical address
   * @throws CodedException 40001
   */
  assertAcceptable(
    { emailAddress, password }: Pick<NewUser, 'emailAddress'> & { readonly password: string },
    accountName: string,
  ): string {
    const canonical = this.canonicalAddress(emailAddress);
    this.passwords.assertAcceptable(password, 'password', { accountName, emailAddress });
    return canonical;
  }
}
