import { describe, expect, it } from '@jest/globals';
import { StartError } from './start.error.js';

describe('StartError', () => {
  it('is one line, also where Nest prints its stack', () => {
    expect(new StartError('the table is missing').stack).toBe('StartError: the table is missing');
  });
});
