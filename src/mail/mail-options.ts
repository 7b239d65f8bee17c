import type { LetterTemplates } from './letters/letter-facts.js';
import type { Mailer } from './mailer.js';

/** Injection token of {@link MailOptions}. */
export const MAIL_OPTIONS = Symbol('gatehouse:mail-options');

/** A mailer of our own, which is closed with the application. */
export interface OwnMailer extends Mailer {
  close(): void;
}

export interface MailOptions {
  /** Missing where no mail is configured: then no letter is written. */
  readonly mailer: Mailer | null;
  /** The same, if it is ours. */
  readonly own: OwnMailer | null;
  readonly templates: Partial<LetterTemplates>;
  readonly language: string;
  /** Domain of Message-IDs. */
  readonly domain: string;
}
