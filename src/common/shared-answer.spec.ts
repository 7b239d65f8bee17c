import { describe, expect, it } from '@jest/globals';
import { jsonOf, sharedAnswer } from './shared-answer.js';

describe('an answer that is shared', () => {
  it('is the same JSON each time, and written once', () => {
    let times = 0;
    const answer = sharedAnswer({ list: ['a'], toJSON: () => ({ times: ++times }) });
    expect([jsonOf(answer), jsonOf(answer)]).toEqual(['{"times":1}', '{"times":1}']);
  });

  it('cannot be changed by who gets it', () => {
    const answer: { name: string; list: string[] } = sharedAnswer({ name: 'a', list: ['a'] });
    expect(() => (answer.name = 'b')).toThrow(TypeError);
    expect(() => answer.list.push('b')).toThrow(TypeError);
    expect(jsonOf(answer)).toBe('{"name":"a","list":["a"]}');
  });
});

describe('what is not shared', () => {
  it('is written as it is now', () => {
    const answer = { name: 'a' };
    jsonOf(answer);
    answer.name = 'b';
    expect(jsonOf(answer)).toBe('{"name":"b"}');
  });

  it.each([null, 1, 'a', true, []])('is written as JSON has it: %j', (value) => {
    expect(jsonOf(value)).toBe(JSON.stringify(value));
  });
});
