import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Caller } from '../access/principal.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { EventBus } from '../events/event-bus.js';
import { PasswordChecks } from './password-checks.js';
import type { User } from './user.entity.js';
import { UsersService } from './users.service.js';

/** Asks the caller for the current password where a token is not enough (S-12). */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly users: UsersService,
    private readonly checks: PasswordChecks,
    private readonly events: EventBus,
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

  /** Whether a locked user still has the password that was confirmed (S-104). */
  isUnchanged({ id, passwordHash }: User, manager: EntityManager): Promise<boolean> {
    return passwordHash === null
      ? Promise.resolve(false)
      : this.users.hasPassword(id, passwordHash, manager);
  }

  /** @returns the refusal to throw where the password was changed since it was confirmed, once it is recorded */
  async changedMeanwhile(caller: Caller): Promise<CodedException> {
    const reason = 'changed meanwhile';
    await this.events.report({
      name: 'password.refused',
      ...by(caller),
      userId: caller.id,
      reason,
    });
    return new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: reason });
  }
}
