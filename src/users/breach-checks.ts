import { Inject, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { withinTime } from '../common/within-time.js';
import { USERS_OPTIONS, type UsersOptions } from './users-options.js';

const MAX_WAIT_MS = 3_000;

/** Asks the application's check whether a new password is known from a breach, if it has one. */
@Injectable()
export class BreachChecks {
  private readonly logger = new Logger('Breached passwords');
  /** Whether the last check failed, so that an outage is logged once. */
  private isAway = false;

  constructor(@Inject(USERS_OPTIONS) private readonly options: UsersOptions) {}

  /**
   * Accepts a password that cannot be checked, because an outage of another service must stop no sign-up.
   *
   * @param field the name of the member in the error
   * @throws CodedException 40001 for a password that is known from a breach
   */
  async assertNotBreached(password: string, field: string): Promise<void> {
    if (!(await this.isBreached(password))) return;
    const message = 'The password is known from a breach of another service.';
    throw invalidRequest([{ field, message }]);
  }

  private async isBreached(password: string): Promise<boolean> {
    const { isBreached: check } = this.options;
    if (check === undefined) return false;
    try {
      const verdict: unknown = await withinTime(MAX_WAIT_MS, asked(check, password));
      if (typeof verdict !== 'boolean') throw new TypeError('it gave neither true nor false');
      if (this.isAway) this.logger.log('new passwords are checked again');
      this.isAway = false;
      return verdict;
    } catch (error) {
      // The error is the application's and may quote what it was asked (S-15).
      const reason = messageOf(error).replaceAll(password, '***');
      if (!this.isAway) this.logger.warn(`new passwords are accepted without a check: ${reason}`);
      this.isAway = true;
      return false;
    }
  }
}

/** Makes a rejection of an error that the application throws. */
async function asked(check: (password: string) => unknown, password: string): Promise<unknown> {
  return check(password);
}
