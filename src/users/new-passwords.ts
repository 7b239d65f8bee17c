import { Inject, Injectable } from '@nestjs/common';
import { MAX_PASSWORD_BYTES, PasswordHasher } from '../common/crypto/password-hasher.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { findPasswordFault } from './password-policy/password-policy.js';
import { USERS_OPTIONS, type UsersOptions } from './users-options.js';

/** Whom a new password is for: what an attacker would try first. */
export interface PasswordOwner {
  readonly accountName: string;
  readonly emailAddress: string;
}

/** A password for a new user, or what another system stored of one. */
export interface NewPassword {
  /** `undefined`, and no hash either: the user cannot sign in with one. */
  readonly password?: string | undefined;
  /** As the application's `PasswordHasher` can verify it; for users who come from elsewhere. */
  readonly passwordHash?: string | undefined;
}

/** What the column takes. */
const HASH_FORM = /^[\x21-\x7e]{1,200}$/;

/** Judges new passwords by the application's settings, and makes of them what is stored. */
@Injectable()
export class NewPasswords {
  constructor(
    @Inject(USERS_OPTIONS) private readonly options: UsersOptions,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * @returns what is stored; `null` where there is no password
   * @throws CodedException 40001, 42901
   */
  async hashFor(
    { password, passwordHash }: NewPassword,
    owner: PasswordOwner,
  ): Promise<string | null> {
    if (password !== undefined) {
      this.assertAcceptable(password, 'password', owner);
      return this.hasher.hash(password);
    }
    if (passwordHash === undefined) return null;
    if (HASH_FORM.test(passwordHash)) return passwordHash;
    const message = 'passwordHash must be up to 200 characters of visible ASCII';
    throw invalidRequest([{ field: 'passwordHash', message }]);
  }

  /**
   * @param field the member to blame
   * @throws CodedException 40001
   */
  assertAcceptable(password: string, field: string, owner: PasswordOwner): void {
    const { accountName, emailAddress } = owner;
    const fault = findPasswordFault(password, {
      minLength: this.options.minLength,
      maxBytes: MAX_PASSWORD_BYTES,
      context: [accountName, emailAddress, emailAddress.slice(0, emailAddress.lastIndexOf('@'))],
    });
    if (fault !== undefined) throw invalidRequest([{ field, message: fault }]);
  }
}
