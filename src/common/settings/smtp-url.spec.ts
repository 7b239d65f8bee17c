import { describe, expect, it } from '@jest/globals';
import { smtpServerOf, smtpUrl } from './smtp-url.js';

const FORM = 'must be a URL smtp://… or, with TLS from the start, smtps://…';
const ENCODED = 'must percent-encode each %, #, /, ? and @ in user and password';
const BEHIND = 'must have nothing behind the port but ?tls=off or ?tls=required';

describe('SMTP_URL', () => {
  it.each([
    ['smtp://smtp.example.com', 'smtp.example.com 587 starttls'],
    ['smtp://smtp.example.com:2525/', 'smtp.example.com 2525 starttls'],
    ['smtps://smtp.example.com', 'smtp.example.com 465 implicit'],
    ['smtps://localhost', 'localhost 465 implicit'],
    ['smtp://mailpit:1025?tls=off', 'mailpit 1025 none'],
    ['smtp://mailpit:1025?tls=required', 'mailpit 1025 starttls'],
    ['smtp://localhost:25', 'localhost 25 none'],
    ['smtp://127.0.0.2', '127.0.0.2 587 none'],
    ['smtp://[::1]:25', '::1 25 none'],
    ['smtp://[2001:db8::1]:25', '2001:db8::1 25 starttls'],
    ['smtp://localhost:25?tls=required', 'localhost 25 starttls'],
    // The name decides, so no name but this one counts as this machine.
    ['smtp://localhost.example.com', 'localhost.example.com 587 starttls'],
  ])('takes %s, with TLS unless the server is this machine or it says off', (url, server) => {
    const { host, port, tls } = smtpServerOf(smtpUrl.check(url));
    expect(`${host} ${port} ${tls}`).toBe(server);
  });

  it('decodes user and password', () => {
    expect(smtpServerOf('smtps://a%40b:p%2F1%3A%25@host')).toMatchObject({
      user: 'a@b',
      password: 'p/1:%',
    });
    expect(smtpServerOf('smtps://host')).toMatchObject({ user: undefined, password: undefined });
  });

  it.each([
    ['smtp.example.com:587', FORM],
    ['http://smtp.example.com', FORM],
    ['smtp://', FORM],
    ['smtp://ho%20st', FORM],
    ['smtp://user:1/2@host', ENCODED],
    ['smtp://user:hunter2%@host', ENCODED],
    ['smtp://user:hunter2%0d@host', 'must hold no control characters'],
    ['smtp://user@host', 'must have both user and password, or neither'],
    ['smtp://host/path', BEHIND],
    ['smtp://host?tls=maybe', BEHIND],
    ['smtp://host?tls=off&tls.rejectUnauthorized=false', BEHIND],
    ['smtp://host#x', BEHIND],
    ['smtps://host?tls=off', 'must not switch off the TLS of smtps:'],
    [
      'smtp://user:hunter2@host?tls=off',
      'must not hold a password beside tls=off: it would cross the network in the clear',
    ],
  ])('refuses %s, and never repeats it (S-154)', (url, problem) => {
    expect(() => smtpUrl.check(url)).toThrow(problem);
    expect(() => smtpServerOf(url)).not.toThrow(/hunter2/);
  });
});
