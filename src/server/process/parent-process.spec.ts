import { describe, expect, it } from '@jest/globals';
import { processToEndWith } from './parent-process.js';

describe('processToEndWith', () => {
  it('reads the process that npm start names', () => {
    expect(processToEndWith(['node', 'main.js', '--end-with=4711'])).toBe(4711);
  });

  it.each([
    ['nothing', []],
    ['a shell that does not know $PPID', ['--end-with=$PPID']],
    ['an empty value', ['--end-with=']],
    ['a process group', ['--end-with=-1']],
    ['no process', ['--end-with=0']],
  ])('ignores %s', (_title, args) => expect(processToEndWith(args)).toBeUndefined());
});
