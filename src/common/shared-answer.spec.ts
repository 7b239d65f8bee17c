import { describe, expect, it } from '@jest/globals';
import { jsonOf, sharedAnswer } from './shared-answer.js';

describe('a shared answer', () => {
  it('is serialised once and gives the same JSON each time', () => {
    let times = 0;
    const answer = sharedAnswer({ list: ['a'], toJSON: () => ({ times: ++times }) });
    expect([jsonOf(answer), jsonOf(answer)]).toEqual(['{"times":1}', '{"times":1}']);
  });

  it('cannot be changed', () => {
    const answer: { name: string; list: string[] } = sharedAnswer({ name: 'a', list: ['a'] });
    expect(() => (answer.name = 'b')).toThrow(TypeError);
    expect(() => answer.list.push('b')).toThrow(TypeError);
    expect(jsonOf(answer)).toBe('{"name":"a","list":["a"]}');
  });
});

describe('a value that is not shared', () => {
  it('is serialised in its current state', () => {
    const answer = { name: 'a' };
    jsonOf(answer);
    answer.name = 'b';
    expect(jsonOf(answer)).toBe('{"name":"b"}');
  });

  it.each([null, 1, 'a', true, []])('is serialised as JSON.stringify does: %j', (value) => {
    expect(jsonOf(value)).toBe(JSON.stringify(value));
  });
});
