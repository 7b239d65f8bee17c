import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { MailOutbox } from './mail-outbox.js';
import type { Mail } from './mailer.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

const MAIL: Mail = { kind: 'address_in_use', to: 'ada@example.com', subject: 's', text: 't' };

describe('MailOutbox', () => {
  it('sends after the caller has continued (S-20, S-173)', async () => {
    const sent: Mail[] = [];
    new MailOutbox({ send: (mail) => Promise.resolve(void sent.push(mail)) }).send(MAIL);
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual([MAIL]);
  });

  it('does not fail the caller when the mailer fails or is absent', async () => {
    const failing = new MailOutbox({ send: () => Promise.reject(new Error('away')) });
    const throwing = new MailOutbox({
      send: () => {
        throw new Error('away');
      },
    });
    for (const outbox of [failing, throwing, new MailOutbox(null)]) {
      expect(() => outbox.send(MAIL)).not.toThrow();
    }
    await expect(turn()).resolves.toBeUndefined();
  });
});
