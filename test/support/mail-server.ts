// A real mail server, with STARTTLS and AUTH, which keeps what it takes.
import { simpleParser, type ParsedMail } from 'mailparser';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { TestCertificate } from './certificate.js';
import { onDispose } from './cleanup.js';

export interface TakenLetter {
  /** As it came, without the line ends of the protocol. */
  readonly raw: string;
  readonly parsed: ParsedMail;
  /** Address of the recipient in the envelope. */
  readonly to: string;
  readonly from: string;
  readonly isEncrypted: boolean;
  /** The user who was authenticated. */
  readonly user: unknown;
}

/** What it answers to a recipient; `take`: 250, also to the letter. */
type Answer = 'take' | 'refuse' | 'try later' | 'take and never answer';

export class MailServer {
  readonly user = 'gatehouse@mail';
  readonly password = 'pass/word:100%@home';
  readonly letters: TakenLetter[] = [];
  /** Recipients that were named, also those that were refused. */
  readonly recipients: string[] = [];
  answerTo: (recipient: string) => Answer = () => 'take';
  private server: SMTPServer | undefined;
  private port = 0;

  private constructor(private readonly certificate: TestCertificate) {}

  static async start(certificate: TestCertificate): Promise<MailServer> {
    const mailServer = new MailServer(certificate);
    await mailServer.open();
    onDispose(() => mailServer.close());
    return mailServer;
  }

  /** Its SMTP_URL, which requires STARTTLS although it is on this machine. */
  get url(): string {
    const [user, password] = [this.user, this.password].map(encodeURIComponent);
    return `smtp://${user}:${password}@localhost:${this.port}?tls=required`;
  }

  lettersTo(address: string): TakenLetter[] {
    return this.letters.filter(({ to }) => to === address);
  }

  /** Forgets the letters to a recipient. */
  forget(address: string): void {
    const others = this.letters.filter(({ to }) => to !== address);
    this.letters.splice(0, this.letters.length, ...others);
    const otherRecipients = this.recipients.filter((recipient) => recipient !== address);
    this.recipients.splice(0, this.recipients.length, ...otherRecipients);
  }

  /** Listens, again on the same port. */
  async open(): Promise<void> {
    const server = new SMTPServer({
      cert: readFileSync(this.certificate.certFile),
      key: readFileSync(this.certificate.keyFile),
      authMethods: ['PLAIN'],
      // Ends open connections, as a server does that goes away.
      closeTimeout: 100,
      onAuth: ({ username, password }, _session, done) => {
        const isRight = username === this.user && password === this.password;
        done(isRight ? null : new Error('wrong'), { user: username });
      },
      onRcptTo: ({ address }, _session, done) => {
        this.recipients.push(address);
        const answer = this.answerTo(address);
        if (answer === 'refuse') return done(refusal(550, `5.1.1 no such user <${address}>`));
        if (answer === 'try later') return done(refusal(451, '4.2.1 try later'));
        done();
      },
      onData: (stream, session, done) => void this.take(stream, session, done),
    });
    // A client that is killed resets its connection.
    server.on('error', () => undefined);
    server.listen(this.port, '127.0.0.1');
    await once(server.server, 'listening');
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(resolve));
  }

  private async take(
    stream: AsyncIterable<Buffer>,
    session: SMTPServerSession,
    done: () => void,
  ): Promise<void> {
    try {
      const { to } = await this.keep(stream, session);
      if (this.answerTo(to) !== 'take and never answer') done();
    } catch {
      // The client has gone.
    }
  }

  private async keep(
    stream: AsyncIterable<Buffer>,
    { envelope, secure, user }: SMTPServerSession,
  ): Promise<TakenLetter> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const from = envelope.mailFrom ? envelope.mailFrom.address : '';
    const letter = {
      raw: bytes.toString('latin1').replaceAll('\r\n', '\n'),
      parsed: await simpleParser(bytes),
      to: envelope.rcptTo.map(({ address }) => address).join(),
      from,
      isEncrypted: secure,
      user,
    };
    this.letters.push(letter);
    return letter;
  }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
