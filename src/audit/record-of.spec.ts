import { describe, expect, it } from '@jest/globals';
import { fitted } from './record-of.js';

describe('a text of a row', () => {
  it.each([
    [undefined, null],
    ['needs send', 'needs send'],
    ['a\0b', 'a\uFFFDb'],
    ['a\uD800b', 'a\uFFFDb'],
    ['x'.repeat(2000), 'x'.repeat(20)],
    ['🦢'.repeat(30), '🦢'.repeat(20)],
  ])('is stored of %j so that every engine takes it (S-152)', (text, stored) => {
    expect(fitted(text, 20)).toBe(stored);
  });
});
