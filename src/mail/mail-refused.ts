/**
 * A {@link Mailer} throws it for a letter that nobody will ever take, such as one to an address that does not exist. The
 * letter is then given up.
 *
 * @public
 */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** Of all that a server answers, these concern one letter: others, as to AUTH and MAIL FROM, an operator can correct. */
const ABOUT_THE_LETTER: ReadonlySet<unknown> = new Set(['RCPT TO', 'DATA']);

/**
 * What servers say to every recipient where they do not know the sender as a customer, which a corrected user or password
 * ends. Status codes do not tell: these have 5.7.1, as a mailbox has that wants no such letter.
 */
const ABOUT_THE_SENDER = /^\d{3}[ -](?!5\.1\.)[^]*\b(?:relay|authenticat)/i;

/** Whether it is of no use to send the letter again: RFC 5321 §4.2.1, 5yz is permanent. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof MailRefused) return true;
  const { responseCode, command, response } = (error ?? {}) as Readonly<Record<string, unknown>>;
  return (
    typeof responseCode === 'number' &&
    responseCode >= 500 &&
    responseCode < 600 &&
    ABOUT_THE_LETTER.has(command) &&
    !(typeof response === 'string' && ABOUT_THE_SENDER.test(response))
  );
}
