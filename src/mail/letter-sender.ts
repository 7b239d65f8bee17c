import { Inject, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import { withinTime } from '../common/within-time.js';
import type { MailKind } from './letters/letter-facts.js';
import { LetterWriter, type Occasion } from './letters/letter-writer.js';
import { MAIL_OPTIONS, type MailOptions } from './mail-options.js';
import { isPermanent } from './mail-refused.js';

/**
 * How long a template and the mailer may take. Without an end, ten that never answer would hold up all letters of this
 * process. Longer than our own mailer waits for its server, and for its place before.
 */
const SEND_LIMIT_MS = 15 * 60_000;

/** Writes a letter and hands it to the mailer. */
@Injectable()
export class LetterSender {
  private readonly logger = new Logger('Mail');

  constructor(
    private readonly writer: LetterWriter,
    @Inject(MAIL_OPTIONS) private readonly options: MailOptions,
  ) {}

  /**
   * Gives up a letter that will never be taken, so that it holds up no other one.
   *
   * @throws Error of the mailer or of a template, or for one that does not end, after which the letter is to be sent again
   */
  async send<Kind extends MailKind>(occasion: Occasion<Kind>): Promise<void> {
    try {
      await withinTime(SEND_LIMIT_MS, this.writeAndSend(occasion), { holdsProcess: false });
    } catch (error) {
      if (!isPermanent(error)) throw error;
      const { kind, facts } = occasion;
      this.logger.warn(
        `a letter (${kind}) to user ${facts.userId} is given up: ${messageOf(error)}`,
      );
    }
  }

  private async writeAndSend<Kind extends MailKind>(occasion: Occasion<Kind>): Promise<void> {
    await this.options.mailer?.send(await this.writer.write(occasion));
  }
}
