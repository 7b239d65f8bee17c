import { describe, expect, it } from '@jest/globals';
import { isPermanent, MailRefused } from './mail-refused.js';
import { retryPause } from './retry-pause.js';

function rejected(responseCode: number, text: string) {
  return { responseCode, command: 'RCPT TO', response: `${responseCode} ${text}` };
}

describe('a letter that was not taken', () => {
  it.each<[unknown, boolean]>([
    [new MailRefused('no such user'), true],
    [{ responseCode: 550, command: 'RCPT TO' }, true],
    [{ responseCode: 554, command: 'DATA' }, true],
    [{ responseCode: 451, command: 'RCPT TO' }, false],
    [{ responseCode: 421, command: 'DATA' }, false],
    // An operator can correct these, and then every letter is wanted.
    [{ responseCode: 535, command: 'AUTH PLAIN' }, false],
    [{ responseCode: 553, command: 'MAIL FROM' }, false],
    [{ responseCode: 554, command: 'CONN' }, false],
    [rejected(554, '5.7.1 <ada@example.com>: Relay access denied'), false],
    [rejected(550, '5.7.1 Unable to relay'), false],
    [rejected(550, 'relay not permitted'), false],
    [rejected(530, '5.7.0 Authentication required'), false],
    [rejected(550, '5.7.1 Message rejected by policy'), true],
    [rejected(550, '5.1.1 <relay@example.com>: no such user'), true],
    [new Error('connect ECONNREFUSED'), false],
    [undefined, false],
  ])('after %j is given up: %s', (error, isGivenUp) => {
    expect(isPermanent(error)).toBe(isGivenUp);
  });

  it('is sent again within a minute in the first hour, and within ten after that', () => {
    const pauses = [1, 2, 3, 6, 7, 60].map((failures) => retryPause(failures, 600_000));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
    expect(retryPause(60, 3_600_000)).toBe(600_000);
    expect(retryPause(1, 3_600_000)).toBe(1_000);
  });
});
