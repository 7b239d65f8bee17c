import { Inject, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import type { Mail, Mailer } from './mailer.js';

/** The host's {@link Mailer}, or `null` where it has none. */
export const MAILER = Symbol('gatehouse:mailer');

/** Sends mail in the background, so that the time of an answer does not show whether one was sent (S-20, S-173). */
@Injectable()
export class MailOutbox {
  private readonly logger = new Logger(MailOutbox.name);

  constructor(@Inject(MAILER) private readonly mailer: Mailer | null) {}

  send(mail: Mail): void {
    const { mailer } = this;
    if (mailer) setImmediate(() => void this.deliver(mailer, mail));
  }

  private async deliver(mailer: Mailer, mail: Mail): Promise<void> {
    try {
      await mailer.send(mail);
    } catch (error) {
      const reason = messageOf(error);
      this.logger.error(`a letter (${mail.kind}) was not sent: ${reason}`);
    }
  }
}
