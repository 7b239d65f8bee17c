import { describe, expect, it } from '@jest/globals';
import { createPrivateSlot } from './private-slot.js';

describe('private slots', () => {
  it('hold one value for each object, separately for each slot', () => {
    const [mine, theirs] = [createPrivateSlot<string>(), createPrivateSlot<string>()];
    const object = {};
    expect(mine.of(object)).toBeUndefined();
    mine.set(object, 'first');
    mine.set(object, 'second');
    theirs.set(object, 'other');
    expect([mine.of(object), theirs.of(object)]).toEqual(['second', 'other']);
  });

  it('are invisible to other code and absent from copies (S-191)', () => {
    const slot = createPrivateSlot<string>();
    const object = { name: 'request' };
    slot.set(object, 'principal');
    expect(Reflect.ownKeys(object)).toEqual(['name']);
    expect(JSON.stringify(object)).toBe('{"name":"request"}');
    const copies = [{ ...object }, Object.create(object) as object, structuredClone(object)];
    expect(copies.map((copy) => slot.of(copy))).toEqual([undefined, undefined, undefined]);
  });
});
