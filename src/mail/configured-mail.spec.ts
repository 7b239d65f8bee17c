import { describe, expect, it, jest } from '@jest/globals';
import { newSecret } from '../common/crypto/secret-strength.js';
import { StartError } from '../common/errors/start.error.js';
import type { GatehouseOptions } from '../gatehouse-options.js';

const installed = { createTransport: () => ({ close: () => undefined }) };
let nodemailer: object | undefined = installed;
jest.unstable_mockModule('../common/optional-packages.cjs', () => ({
  nodemailer: () => nodemailer,
  redis: () => undefined,
}));
const { roomOptions } = await import('../room-options.js');

const secret = newSecret();
const publicUrl = 'https://auth.example.com/gate';
const smtpUrl = 'smtps://smtp.example.com';
const mailer = { send: () => Promise.resolve() };
const mailOf = (options: GatehouseOptions) => roomOptions({ secret, ...options }, {}).mail;

describe('the options of mail', () => {
  it.each<[string, GatehouseOptions]>([
    ['mail.smtpUrl must be a URL', { publicUrl, mail: { smtpUrl: 'smtp.example.com' } }],
    ['mail.from must be an address', { mail: { from: 'a@b\r\nBcc: c@d' } }],
    ['mail.language must be a language tag', { mail: { language: 'en"><img>' } }],
    ['publicUrl is missing beside mail.smtpUrl', { mail: { smtpUrl } }],
    ['mailer must have a method send', { mailer: {} as never }],
    ['mailer must have a method send', { mailer: null as never }],
    ['mail.templates holds a kind that there is not', { mail: { templates: { x: 1 } as never } }],
    [
      'mail.templates must hold a function for invitation',
      { mail: { templates: { invitation: 'x' as never } } },
    ],
  ])('stop the start: %s', (message, options) => {
    expect(() => mailOf(options)).toThrow(StartError);
    expect(() => mailOf(options)).toThrow(message);
  });

  it('need nodemailer for a mail server, and for nothing else', () => {
    nodemailer = undefined;
    expect(() => mailOf({ publicUrl, mail: { smtpUrl } })).toThrow(
      'option mail.smtpUrl needs the package nodemailer: npm install nodemailer',
    );
    expect(mailOf({ mailer, mail: { smtpUrl } })).toMatchObject({ mailer, own: null });
    nodemailer = installed;
  });

  it('are not needed: then there is no mail', () => {
    expect(mailOf({})).toMatchObject({ mailer: null, own: null });
  });

  it.each<[GatehouseOptions, string]>([
    [{}, 'localhost'],
    [{ publicUrl }, 'auth.example.com'],
    [{ publicUrl, mail: { from: 'Example <a@mail.example.com>' } }, 'mail.example.com'],
    // A Message-ID is ASCII, RFC 5322 §3.6.4.
    [{ mail: { from: 'a@bücher.example' } }, 'xn--bcher-kva.example'],
    [{ publicUrl: 'http://[::1]:3000' }, '[::1]'],
  ])('give Message-IDs the domain of the sender: %j', (options, domain) => {
    expect(mailOf(options).domain).toBe(domain);
  });
});
