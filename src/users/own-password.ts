import { Injectable } from '@nestjs/common';
import { by, type Caller } from '../access/principal.js';
import { PasswordChecks } from './password-checks.js';
import type { User } from './user.entity.js';
import { UsersService } from './users.service.js';

/** Asks the caller for the current password where a token is not enough (S-12). */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly users: UsersService,
    private readonly checks: PasswordChecks,
  ) {}

  /**
   * @returns the user, with account and password hash
   * @throws CodedException 40102, 42901, 50301
   */
  async confirm(caller: Caller, password: string): Promise<User> {
    const { id, origin } = caller;
    const user = await this.users.findWithPassword(id);
    const address = user?.canonicalEmail ?? id;
    const refused = { name: 'password.refused', ...by(caller), userId: id } as const;
    const refusal = (reason: string) => ({ ...refused, reason });
    const presented = { user, address, password, refusesDisabled: false, refusal };
    return (await this.checks.attempt(presented, origin)).user;
  }
}
