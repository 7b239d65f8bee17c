import { describe, expect, it } from '@jest/globals';
import { isPermanent, MailRefused } from './mail-refused.js';
import { retryPause } from './retry-pause.js';

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
