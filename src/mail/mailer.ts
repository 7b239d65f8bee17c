/** An e-mail to one recipient, in plain text. */
export interface Mail {
  /** The reason for the e-mail, for a host that writes its own text. */
  readonly kind: 'address_in_use';
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Sends e-mail in the host's way. It is called in the background, after the transaction; its errors are logged.
 *
 * @example const mailer: Mailer = { send: ({ to, subject, text }) => transport.sendMail({ to, subject, text }) };
 * @public
 */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
