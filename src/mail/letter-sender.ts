import { Inject, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/errors/message-of.js';
import type { MailKind } from './letters/letter-facts.js';
import { LetterWriter, type Occasion } from './letters/letter-writer.js';
import { MAIL_OPTIONS, type MailOptions } from './mail-options.js';
import { isPermanent } from './mail-refused.js';

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
   * @throws Error of the mailer or of a template, after which the letter is to be sent again
   */
  async send<Kind extends MailKind>(occasion: Occasion<Kind>): Promise<void> {
    try {
      await this.options.mailer?.send(await this.writer.write(occasion));
    } catch (error) {
      if (!isPermanent(error)) throw error;
      const { kind, facts } = occasion;
      this.logger.warn(
        `a letter (${kind}) to user ${facts.userId} is given up: ${messageOf(error)}`,
      );
    }
  }
}
