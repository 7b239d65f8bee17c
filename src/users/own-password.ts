import { Injectable } from '@nestjs/common';
import { by, type Principal } from '../access/principal.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { EventBus } from '../events/event-bus.js';
import type { User } from './user.entity.js';
import { UsersService } from './users.service.js';

/** Asks the caller for the current password where a token is not enough (S-12). */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly users: UsersService,
    private readonly events: EventBus,
  ) {}

  /**
   * @returns the user, with account and password hash
   * @throws CodedException 40102, 42901
   */
  async confirm(principal: Principal, password: string): Promise<User> {
    const { id } = principal;
    const user = await this.users.findWithPassword(id);
    const { isCorrect } = await this.users.verifyPassword(user, password);
    if (user && isCorrect) return user;
    await this.events.report({ name: 'password.refused', ...by(principal), userId: id });
    throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'current password' });
  }
}
