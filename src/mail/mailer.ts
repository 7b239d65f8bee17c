import type { MailKind } from './letters/letter-facts.js';

/** An e-mail to one recipient. Its headers hold no text of a user, and no part of it a control character. */
export interface Mail {
  /** The reason for the e-mail, for a host that writes its own text. */
  readonly kind: MailKind;
  /** `<…@…>`, the same when the letter is sent again: let it be the header `Message-ID`. */
  readonly messageId: string;
  /** Time of what the letter is about. */
  readonly date: Date;
  /** One address, in its canonical form. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The one-time link that the letter is about, if it is about one. */
  readonly link: string | undefined;
  /** Language of the texts, as a tag such as `en`. */
  readonly language: string;
}

/**
 * Sends e-mail in the host's way. It is called after the commit, in the background and by any instance, for each letter
 * until it has resolved: after an error or 15 minutes without an end again, for up to 7 days, and after a crash perhaps
 * twice, with the same `messageId`. A {@link MailRefused}, or nodemailer's error for a recipient that the server refused (5xx), ends that.
 *
 * @example
 * const mailer: Mailer = {
 *   send: async ({ to, subject, text, html, messageId, date }) => {
 *     await transport.sendMail({ from, to: { name: '', address: to }, subject, text, html, messageId, date });
 *   },
 * };
 * @public
 */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
