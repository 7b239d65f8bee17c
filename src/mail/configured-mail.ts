import { domainToASCII } from 'node:url';
import { StartError } from '../common/errors/start.error.js';
import { mailSenderOf } from '../common/settings/mail-sender.js';
import { ENGLISH_LETTERS } from './letters/english-letters.js';
import type { LetterTemplates } from './letters/letter-facts.js';
import type { MailOptions } from './mail-options.js';
import type { Mailer } from './mailer.js';
import { smtpMailer } from './smtp-mailer.js';

/** Options of a host, of which those that are a text have been checked. */
interface MailInput {
  readonly mailer: Mailer | undefined;
  readonly smtpUrl: string | undefined;
  readonly from: string | undefined;
  readonly templates: Partial<LetterTemplates> | undefined;
  readonly language: string;
  readonly publicUrl: string | undefined;
}

/** @throws StartError naming the option that is wrong or missing */
export function configuredMail(input: MailInput): MailOptions {
  const { smtpUrl, publicUrl, language, templates = {} } = input;
  const mailer = checkedMailer(input.mailer);
  checkTemplates(templates);
  const sender = senderOf(input);
  const own = smtpUrl === undefined || mailer ? null : smtpMailer(smtpUrl, sender);
  if (own && publicUrl === undefined) {
    throw wrong('publicUrl', 'is missing beside mail.smtpUrl: letters hold links');
  }
  return { mailer: mailer ?? own, own, templates, language, domain: domainOf(sender.address) };
}

/** The sender of letters; without a setting of its own it is at the host of the public URL. */
export function senderOf({ from, publicUrl }: Pick<MailInput, 'from' | 'publicUrl'>) {
  const host = publicUrl === undefined ? 'localhost' : new URL(publicUrl).hostname;
  return mailSenderOf(from ?? '') ?? { name: '', address: `no-reply@${host}` };
}

/** In ASCII, as a Message-ID has it; as it is where it has no such form. */
function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  return domainToASCII(domain) || domain;
}

function checkedMailer(mailer: Mailer | undefined): Mailer | null {
  if (mailer === undefined) return null;
  if (typeof (mailer as Partial<Mailer> | null)?.send === 'function') return mailer;
  throw wrong('mailer', 'must have a method send');
}

function checkTemplates(templates: Partial<LetterTemplates>): void {
  for (const [kind, template] of Object.entries<unknown>(templates)) {
    if (!Object.hasOwn(ENGLISH_LETTERS, kind)) {
      const kinds = Object.keys(ENGLISH_LETTERS).join(', ');
      throw wrong('mail.templates', `holds a kind that there is not; there are ${kinds}`);
    }
    if (template !== undefined && typeof template !== 'function') {
      throw wrong('mail.templates', `must hold a function for ${kind}`);
    }
  }
}

function wrong(name: string, problem: string): StartError {
  return new StartError(`GatehouseModule: option ${name} ${problem}`);
}
