import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import { EventBus } from '../events/event-bus.js';
import type { DomainEvent } from '../events/gatehouse-event.js';
import { SignInThrottle } from '../throttling/sign-in-throttle.js';
import { UsersService } from './users.service.js';

const CHANGES = ['invitation.accepted', 'password.changed', 'password_reset.completed'] as const;

/** Forgets the failed sign-ins of an address whose password was changed, which also ends a stop (S-24). */
@Injectable()
export class ChangedPasswords {
  private readonly logger = new Logger(ChangedPasswords.name);

  constructor(
    private readonly users: UsersService,
    private readonly throttle: SignInThrottle,
    events: EventBus,
  ) {
    events.subscribe((event) => {
      if (!isChange(event)) return;
      // In a turn of its own, because on SQLite it would be part of the transaction that has just ended.
      setImmediate(() => void this.forgetFailures(event.userId));
    });
  }

  private async forgetFailures(userId: string): Promise<void> {
    try {
      const user = await this.users.findById(userId);
      if (user) await this.throttle.reset(user.canonicalEmail);
    } catch (error) {
      this.logger.warn(`failed sign-ins of user ${userId} still count: ${messageOf(error)}`);
    }
  }
}

function isChange(event: DomainEvent): event is DomainEvent & { name: (typeof CHANGES)[number] } {
  return CHANGES.some((name) => name === event.name);
}
