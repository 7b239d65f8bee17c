import { Inject, Injectable } from '@nestjs/common';
import { MAX_PASSWORD_BYTES, PasswordHasher } from '../common/crypto/password-hasher.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { BreachChecks } from './breach-checks.js';
import { findPasswordFault } from './password-policy/password-policy.js';
import { USERS_OPTIONS, type UsersOptions } from './users-options.js';

/** Facts about the user of a new password, which an attacker would try first. */
export interface PasswordContext {
  readonly accountName: string;
  readonly emailAddress: string;
}

/** A password for a new user, or its hash from another system. */
export interface NewPassword {
  /** Without password and hash the user cannot sign in with a password. */
  readonly password?: string | undefined;
  /** A hash that the application's `PasswordHasher` can verify, for users from another system. */
  readonly passwordHash?: string | undefined;
}

/** The form that the column can store. */
const HASH_FORM = /^[\x21-\x7e]{1,200}$/;

/** Checks new passwords by the application's settings, and hashes them. */
@Injectable()
export class NewPasswords {
  constructor(
    @Inject(USERS_OPTIONS) private readonly options: UsersOptions,
    private readonly hasher: PasswordHasher,
    private readonly breaches: BreachChecks,
  ) {}

  /**
   * @returns the hash to store; `null` without a password
   * @throws CodedException 40001, 42901
   */
  async hashFor(
    { password, passwordHash }: NewPassword,
    owner: PasswordContext,
  ): Promise<string | null> {
    if (password !== undefined) {
      return this.hash(password, 'password', owner);
    }
    if (passwordHash === undefined) return null;
    if (HASH_FORM.test(passwordHash) && this.hasher.accepts(passwordHash)) return passwordHash;
    const message =
      'passwordHash must be a hash that the PasswordHasher takes, of up to 200 bytes of ASCII';
    throw invalidRequest([{ field: 'passwordHash', message }]);
  }

  /**
   * Checks a password by all rules, and hashes it.
   *
   * @param field the name of the member in an error
   * @throws CodedException 40001, 42901
   */
  async hash(password: string, field: string, owner: PasswordContext): Promise<string> {
    this.assertAcceptable(password, field, owner);
    await this.breaches.assertNotBreached(password, field);
    return this.hasher.hash(password);
  }

  /**
   * Checks a password by all rules that need no other service.
   *
   * @param field the name of the member in the error
   * @throws CodedException 40001
   */
  assertAcceptable(password: string, field: string, owner: PasswordContext): void {
    const { accountName, emailAddress } = owner;
    const fault = findPasswordFault(password, {
      minLength: this.options.minLength,
      maxBytes: MAX_PASSWORD_BYTES,
      context: [accountName, emailAddress, emailAddress.slice(0, emailAddress.lastIndexOf('@'))],
    });
    if (fault !== undefined) throw invalidRequest([{ field, message: fault }]);
  }
}
