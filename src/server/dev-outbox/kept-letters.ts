import type { OnApplicationShutdown } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { senderOf } from '../../mail/configured-mail.js';
import type { OwnMailer } from '../../mail/mail-options.js';
import type { Mail, Mailer } from '../../mail/mailer.js';
import { smtpMailer } from '../../mail/smtp-mailer.js';
import type { Env } from '../config/env.js';
import { fileReason, makePrivateFolder } from '../config/files.js';

const MOST_LETTERS = 100;
const DIGEST_LENGTH = 16;
const FILE = /^\d{13}-[\da-f]{16}\.json$/;

/** Whether letters are kept and shown: in development only, whatever is set. */
export function hasDevOutbox({ NODE_ENV }: Pick<Env, 'NODE_ENV'>): boolean {
  return NODE_ENV === 'development';
}

/** The mail of development, whatever else is set; otherwise there is none of it. */
export function keptLetters(
  env: Pick<Env, 'NODE_ENV' | 'DATA_DIR' | 'SMTP_URL' | 'MAIL_FROM' | 'PUBLIC_URL'>,
): KeptLetters | undefined {
  if (!hasDevOutbox(env)) return undefined;
  const from = senderOf({ from: env.MAIL_FROM, publicUrl: env.PUBLIC_URL });
  const server = env.SMTP_URL === undefined ? undefined : smtpMailer(env.SMTP_URL, from);
  return new KeptLetters(env.DATA_DIR, server);
}

/** A letter as it was written, with the id of its page. */
export interface KeptLetter extends Omit<Mail, 'date'> {
  readonly id: string;
  readonly date: string;
}

/**
 * The mail of development: keeps the newest 100 letters in files that only this user can read, and passes each on if
 * there is a mail server. A letter that comes again replaces its former file.
 */
export class KeptLetters implements Mailer, OnApplicationShutdown {
  private readonly folder: string;

  constructor(
    dataDir: string,
    private readonly server?: OwnMailer,
  ) {
    this.folder = join(dataDir, 'outbox');
  }

  async send(mail: Mail): Promise<void> {
    await this.keep(mail);
    await this.server?.send(mail);
  }

  onApplicationShutdown(): void {
    this.server?.close();
  }

  /** The newest first. */
  async list(): Promise<KeptLetter[]> {
    const letters = await Promise.all((await this.files()).map((file) => this.read(file)));
    return letters.filter((letter) => letter !== undefined);
  }

  async find(id: string): Promise<KeptLetter | undefined> {
    const file = `${id}.json`;
    return FILE.test(file) ? this.read(file) : undefined;
  }

  private async keep(mail: Mail): Promise<void> {
    const digest = createHash('sha256').update(mail.messageId).digest('hex');
    const id = `${mail.date.getTime().toString().padStart(13, '0')}-${digest.slice(0, DIGEST_LENGTH)}`;
    const file = join(this.folder, `${id}.json`);
    try {
      makePrivateFolder(this.folder);
      // A page that is read meanwhile never sees half a letter.
      await writeFile(`${file}.new`, JSON.stringify({ ...mail, id }), { mode: 0o600 });
      await rename(`${file}.new`, file);
      await this.removeOldest();
    } catch (error) {
      throw new Error(`DATA_DIR/outbox ${fileReason(error)}`, { cause: error });
    }
  }

  private async removeOldest(): Promise<void> {
    const old = (await this.files()).slice(MOST_LETTERS);
    await Promise.all(old.map((file) => unlink(join(this.folder, file)).catch(() => undefined)));
  }

  /** The names begin with the time, so that they sort by it. */
  private async files(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names
      .filter((name) => FILE.test(name))
      .toSorted()
      .toReversed();
  }

  private async read(file: string): Promise<KeptLetter | undefined> {
    try {
      return JSON.parse(await readFile(join(this.folder, file), 'utf8')) as KeptLetter;
    } catch {
      return undefined;
    }
  }
}
