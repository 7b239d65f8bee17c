import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { MAIL_OPTIONS, type MailOptions } from '../mail-options.js';
import { MailRefused } from '../mail-refused.js';
import type { Mail } from '../mailer.js';
import { ENGLISH_LETTERS } from './english-letters.js';
import type { LetterFactsMap, LetterTemplates, MailKind } from './letter-facts.js';
import { letterHtml } from './letter-html.js';
import { oneLine, severalLines } from './plain-text.js';

/** The letter of an event to one address. */
export interface Occasion<Kind extends MailKind = MailKind> {
  readonly kind: Kind;
  readonly eventId: string;
  /** Canonical address. */
  readonly to: string;
  readonly facts: LetterFactsMap[Kind];
}

/**
 * What no header needs to quote. A quoted local part may hold anything, even another address, and mail programs do not
 * agree on its end.
 */
const PLAIN_ADDRESS = /^[^\s"<>(),:;@[\]\\\p{C}]+@[^\s"<>(),:;@[\]\\\p{C}]+$/u;

/** Writes letters by the host's templates, or ours. */
@Injectable()
export class LetterWriter {
  constructor(@Inject(MAIL_OPTIONS) private readonly options: MailOptions) {}

  /** @throws MailRefused for an address that needs quotes (S-141) */
  async write<Kind extends MailKind>(occasion: Occasion<Kind>): Promise<Mail> {
    const { kind, to, facts } = occasion;
    if (!PLAIN_ADDRESS.test(to)) throw new MailRefused('the address holds a special character');
    const own: LetterTemplates[Kind] | undefined = this.options.templates[kind];
    const template = own ?? ENGLISH_LETTERS[kind];
    const language = own ? this.options.language : 'en';
    const given = await template(facts);
    const texts = {
      ...given,
      subject: oneLine(given.subject),
      text: severalLines(given.text),
    };
    const link = 'link' in facts ? facts.link : undefined;
    return {
      kind,
      messageId: this.messageId(occasion),
      date: facts.date,
      to,
      subject: texts.subject,
      text: texts.text,
      html: given.html ?? letterHtml(texts, link, language),
      link,
      language,
    };
  }

  /** The same whenever the letter is written, so that mail programs show it once. */
  private messageId({ eventId, kind, to }: Occasion): string {
    const digest = createHash('sha256').update(`${eventId} ${kind} ${to}`).digest('hex');
    return `<${digest.slice(0, 40)}@${this.options.domain}>`;
  }
}
