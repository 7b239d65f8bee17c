import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { LetterSender } from './letter-sender.js';
import type { LetterWriter, Occasion } from './letters/letter-writer.js';
import type { MailOptions } from './mail-options.js';
import { MailRefused } from './mail-refused.js';

const occasion = { kind: 'password_changed', facts: { userId: 'user-1' } } as Occasion;
const never = new Promise<never>(() => undefined);

function sending({ write = () => Promise.resolve(), send = () => Promise.resolve() } = {}) {
  const options = { mailer: { send } } as unknown as MailOptions;
  return new LetterSender({ write } as unknown as LetterWriter, options).send(occasion);
}

describe('LetterSender', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it.each([
    ['a mailer', { send: () => never }],
    ['a template', { write: () => never }],
  ])('fails where %s never ends, so that other letters get its place', async (_who, parts) => {
    let outcome = 'waits';
    const sent = sending(parts).then(
      () => (outcome = 'is sent'),
      () => (outcome = 'has failed'),
    );
    await jest.advanceTimersByTimeAsync(14 * 60_000);
    expect(outcome).toBe('waits');
    await jest.advanceTimersByTimeAsync(2 * 60_000);
    await sent;
    expect(outcome).toBe('has failed');
  });

  it('leaves no timer behind, and passes an error on, unless nobody will ever take the letter', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await sending();
    await expect(sending({ send: () => Promise.reject(new Error('away')) })).rejects.toThrow(
      'away',
    );
    await sending({ send: () => Promise.reject(new MailRefused('no such user')) });
    expect(warn.mock.calls).toEqual([
      ['a letter (password_changed) to user user-1 is given up: no such user'],
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
