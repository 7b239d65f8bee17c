import { describe, expect, it } from '@jest/globals';
import { fitted, fittedId } from './record-of.js';

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

describe('an id of a row', () => {
  it.each([
    [undefined, null],
    ['0b7c1d0e-3f7d-4b50-9a55-1f8f3c1e9a01', '0b7c1d0e-3f7d-4b50-9a55-1f8f3c1e9a01'],
    ['0b7c1d0e-3f7d-4b50-9a55-1f8f3c1e9a01x', '0b7c1d0e-3f7d-4b50-9a55-1f8f3c1e9a0~'],
    ['schlüssel\0', 'schl?ssel?'],
  ])('is stored of %j so that every engine takes it, and as no other id (S-152)', (id, stored) => {
    expect(fittedId(id)).toBe(stored);
  });
});
