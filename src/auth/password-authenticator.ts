import { Injectable } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { EventBus } from '../events/event-bus.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** A user whose password was given. */
export interface ProvenUser {
  readonly user: User;
  /** Brings the stored hash up to date; to be called once the sign-in, which relies on it, is done (S-06). */
  readonly renewHash: (() => Promise<void>) | undefined;
}

/** Tells who an address and a password belong to. */
@Injectable()
export class PasswordAuthenticator {
  constructor(
    private readonly users: UsersService,
    private readonly events: EventBus,
  ) {}

  /**
   * Every refusal is the same in body and in time, whatever its reason (S-17, S-18).
   *
   * @throws CodedException 40102, 42901, 50301
   */
  async authenticate(
    address: string,
    password: string,
    clientAddress: string,
  ): Promise<ProvenUser> {
    const user = await this.users.findByEmail(address);
    const { isCorrect, isOutdated } = await this.users.verifyPassword(user, password);
    const isEnabled = user?.isActive === true && user.account?.isActive === true;
    if (!user || !isCorrect || !isEnabled) {
      const reason = !user ? 'unknown address' : isCorrect ? 'disabled' : 'wrong password';
      this.events.publish({ name: 'sign_in.failed', userId: user?.id, clientAddress, reason });
      throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: reason });
    }
    return { user, renewHash: isOutdated ? () => this.users.rehash(user, password) : undefined };
  }
}
