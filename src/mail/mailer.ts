/** A letter to one person, in plain text. */
export interface Mail {
  /** What it is about, for a host that writes its own text. */
  readonly kind: 'address_in_use';
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Sends letters, by whatever the host sends its own with. Called after the commit and behind the request's
 * back; what it throws is logged.
 *
 * @example const mailer: Mailer = { send: ({ to, subject, text }) => transport.sendMail({ to, subject, text }) };
 * @public
 */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
