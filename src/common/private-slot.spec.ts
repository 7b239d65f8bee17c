import { describe, expect, it } from '@jest/globals';
import { createPrivateSlot } from './private-slot.js';

describe('notes about objects', () => {
  it('are found under the object, one for each maker', () => {
    const [mine, theirs] = [createPrivateSlot<string>(), createPrivateSlot<string>()];
    const object = {};
    expect(mine.of(object)).toBeUndefined();
    mine.set(object, 'first');
    mine.set(object, 'second');
    theirs.set(object, 'other');
    expect([mine.of(object), theirs.of(object)]).toEqual(['second', 'other']);
  });

  it('are seen by nobody else and carried by no copy (S-191)', () => {
    const notes = createPrivateSlot<string>();
    const object = { name: 'request' };
    notes.set(object, 'principal');
    expect(Reflect.ownKeys(object)).toEqual(['name']);
    expect(JSON.stringify(object)).toBe('{"name":"request"}');
    const copies = [{ ...object }, Object.create(object) as object, structuredClone(object)];
    expect(copies.map((copy) => notes.of(copy))).toEqual([undefined, undefined, undefined]);
  });
});
