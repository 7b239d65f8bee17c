import { Inject, Injectable } from '@nestjs/common';
import { MAX_PASSWORD_BYTES } from '../common/crypto/password-hasher.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { findPasswordFault } from './password-policy/password-policy.js';
import { USERS_OPTIONS, type UsersOptions } from './users-options.js';

/** Whom a new password is for: what an attacker would try first. */
export interface PasswordOwner {
  readonly accountName: string;
  readonly emailAddress: string;
}

/** Judges new passwords by the application's settings. */
@Injectable()
export class NewPasswords {
  constructor(@Inject(USERS_OPTIONS) private readonly options: UsersOptions) {}

  /**
   * @param field the member to blame
   * @throws CodedException 40001
   */
  assertAcceptable(password: string, field: string, owner: PasswordOwner): void {
    const { accountName, emailAddress } = owner;
    const fault = findPasswordFault(password, {
      minLength: this.options.passwordMinLength,
      maxBytes: MAX_PASSWORD_BYTES,
      context: [accountName, emailAddress, emailAddress.slice(0, emailAddress.lastIndexOf('@'))],
    });
    if (fault !== undefined) throw invalidRequest([{ field, message: fault }]);
  }
}
