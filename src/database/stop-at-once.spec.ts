import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { StartError } from '../common/errors/start.error.js';
import { stopAtOnce } from './stop-at-once.js';

describe('stopAtOnce', () => {
  const refused = new Error('connect ECONNREFUSED ::1:5432');
  const ours = new StartError('the engine is not supported');

  it.each([
    [
      'an error of the driver',
      refused,
      'the database cannot be used: connect ECONNREFUSED ::1:5432',
    ],
    [
      'several addresses',
      new AggregateError([refused]),
      'the database cannot be used: connect ECONNREFUSED ::1:5432',
    ],
    [
      'an error of several lines',
      new Error('no such driver\nat x'),
      'the database cannot be used: no such driver',
    ],
    ['an error without a message', new RangeError(''), 'the database cannot be used: RangeError'],
    ['an error of ours', ours, 'the engine is not supported'],
  ])('ends the start in one line: %s', (_, error, line) => {
    const stop = () => stopAtOnce(error);
    expect(stop).toThrow(StartError);
    let thrown: unknown;
    try {
      stop();
    } catch (caught) {
      thrown = caught;
    }
    // As Nest prints it.
    expect(inspect(thrown)).toBe(`[StartError: ${line}]`);
  });
});
