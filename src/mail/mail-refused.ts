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

/** Whether it is of no use to send the letter again: RFC 5321 §4.2.1, 5yz is permanent. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof MailRefused) return true;
  const { responseCode, command } = (error ?? {}) as { responseCode?: unknown; command?: unknown };
  return (
    typeof responseCode === 'number' &&
    responseCode >= 500 &&
    responseCode < 600 &&
    ABOUT_THE_LETTER.has(command)
  );
}
