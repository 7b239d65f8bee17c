import { describe, expect, it } from '@jest/globals';
import { listenFault } from './listen-fault.js';

describe('listenFault', () => {
  it.each([
    ['EADDRINUSE', /^PORT is in use/],
    ['EACCES', /^PORT is closed to this user/],
    ['EADDRNOTAVAIL', /^HOST is not an address of this machine/],
    ['ENOTFOUND', /^HOST is a name without an address/],
    ['EAI_AGAIN', /^HOST is a name without an address/],
  ])('names the setting: %s (S-206)', (code, line) => {
    const fault = listenFault(Object.assign(new Error('listen'), { code }));
    expect((fault as Error).message).toMatch(line);
    expect((fault as Error).message).not.toContain('\n');
  });

  it('leaves any other error as it is', () => {
    const fault = new Error('a bug');
    expect(listenFault(fault)).toBe(fault);
  });
});
