import { nodemailer } from '../common/optional-packages.cjs';
import { messageOf } from '../common/errors/message-of.js';
import { StartError } from '../common/errors/start.error.js';
import type { MailSender } from '../common/settings/mail-sender.js';
import { smtpServerOf } from '../common/settings/smtp-url.js';
import type { OwnMailer } from './mail-options.js';
import { isPermanent, MailRefused } from './mail-refused.js';
import type { Mail } from './mailer.js';

const CONNECT_LIMIT_MS = 10_000;
/**
 * RFC 5321 §4.5.3.2: 5 minutes for most answers. A letter whose answer takes longer is sent again later, although the
 * server may have taken it, so a slow server must not meet this limit.
 */
const SILENCE_LIMIT_MS = 5 * 60_000;
const MAX_CONNECTIONS = 5;
/** Shorter than the servers' own limits, so that no letter meets a connection that is just being closed. */
const IDLE_LIMIT_MS = 20_000;

/** An error of nodemailer, as far as we look at it. */
interface SmtpFailure {
  readonly responseCode?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
}

/**
 * Sends letters to the mail server of an SMTP URL, over few connections that stay open for a moment.
 *
 * @throws StartError where `nodemailer` is not installed
 */
export function smtpMailer(url: string, from: MailSender): OwnMailer {
  const installed = nodemailer();
  if (!installed) {
    throw new StartError(
      'GatehouseModule: option mail.smtpUrl needs the package nodemailer: npm install nodemailer',
    );
  }
  const { host, port, tls, user, password } = smtpServerOf(url);
  const transport = installed.createTransport({
    pool: true,
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: password } }),
    tls: { minVersion: 'TLSv1.2' },
    maxConnections: MAX_CONNECTIONS,
    idleTimeout: IDLE_LIMIT_MS,
    // The outbox repeats a letter, by its own rules.
    maxRequeues: 0,
    connectionTimeout: CONNECT_LIMIT_MS,
    greetingTimeout: CONNECT_LIMIT_MS,
    dnsTimeout: CONNECT_LIMIT_MS,
    socketTimeout: SILENCE_LIMIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (mail) => {
      try {
        await transport.sendMail(letterOf(mail, from));
      } catch (error) {
        throw failureOf(error);
      }
    },
    // With what is being sent, which will be sent again: a server that does not answer would keep the process.
    close: () => transport.close({ force: true }),
  };
}

function letterOf({ to, subject, text, html, messageId, date, language }: Mail, from: MailSender) {
  return {
    from,
    // An object: a text would be parsed as a list of addresses.
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    subject,
    text,
    html,
    messageId,
    date,
    // RFC 3834 §5: no answering machine replies to it.
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
    xMailer: false as const,
  };
}

/** As RFC 3463 has it, behind the reply code. */
const ENHANCED_CODE = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/;

/**
 * The error for the log. A server's answer may repeat the address, or the credentials in any encoding, so only its codes
 * are told (S-154).
 */
function failureOf(error: unknown): Error {
  const { responseCode, command, response } = (error ?? {}) as SmtpFailure;
  if (typeof responseCode !== 'number') return new Error(messageOf(error));
  const [, enhanced = ''] = ENHANCED_CODE.exec(typeof response === 'string' ? response : '') ?? [];
  const codes = `${responseCode} ${enhanced}`.trim();
  const message = `the mail server answered ${String(command)} with ${codes}`;
  return isPermanent(error) ? new MailRefused(message) : new Error(message);
}
