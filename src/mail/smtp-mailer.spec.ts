import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Mail } from './mailer.js';

const sendMail = jest.fn<() => Promise<void>>();
const close = jest.fn();
const createTransport = jest.fn((_options: { socketTimeout: number }) => ({ sendMail, close }));
jest.unstable_mockModule('../common/optional-packages.cjs', () => ({
  nodemailer: () => ({ createTransport }),
}));
const { smtpMailer } = await import('./smtp-mailer.js');
const { isPermanent } = await import('./mail-refused.js');

const mail = { to: 'ada@example.com' } as Mail;
const mailer = () =>
  smtpMailer('smtps://user:hunter2@smtp.example.com', { name: '', address: 'a@example.com' });

describe('our mailer', () => {
  beforeEach(() => void jest.clearAllMocks());

  it('waits for a slow server, which would otherwise get a letter again that it has taken (RFC 5321 §4.5.3.2)', () => {
    mailer();
    expect(createTransport.mock.calls[0]?.[0].socketTimeout).toBeGreaterThanOrEqual(5 * 60_000);
  });

  it('ends at a shutdown what a server does not answer', () => {
    mailer().close();
    expect(close.mock.calls).toEqual([[{ force: true }]]);
  });

  it.each([
    ['RCPT TO', '550 5.1.1 <ada@example.com>: no such user', '550 5.1.1', true],
    ['DATA', '554 rejected: ada@example.com', '554', true],
    ['RCPT TO', '554 5.7.1 <ada@example.com>: Relay access denied', '554 5.7.1', false],
    ['RCPT TO', '451 4.7.1 ada@example.com: try later', '451 4.7.1', false],
    ['AUTH PLAIN', '535 5.7.8 hunter2 is wrong', '535 5.7.8', false],
  ])(
    'tells the codes of an answer to %s alone, and whether it is final: %s (S-154)',
    async (command, response, codes, isFinal) => {
      const failure = { command, response, responseCode: Number(response.slice(0, 3)) };
      sendMail.mockRejectedValue(Object.assign(new Error(response), failure));
      const error = await mailer()
        .send(mail)
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ message: `the mail server answered ${command} with ${codes}` });
      expect(isPermanent(error)).toBe(isFinal);
    },
  );
});
