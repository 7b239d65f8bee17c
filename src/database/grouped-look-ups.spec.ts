import { describe, expect, it, jest } from '@jest/globals';
import type { ObjectLiteral } from 'typeorm';
import type { CompiledLookUp, Found } from './compiled-look-up.js';
import { GroupedLookUps } from './grouped-look-ups.js';

type AnyLookUp = CompiledLookUp<ObjectLiteral>;

/** Finds whatever does not begin with `no`. */
function newLookUp() {
  const find = jest.fn((_: unknown, keys: readonly string[]) => {
    if (keys.includes('not to be read')) return Promise.reject(new Error('gone'));
    const found = keys.filter((key) => !key.startsWith('no'));
    return Promise.resolve(new Map(found.map((key) => [key, `row of ${key}`])));
  });
  return { find, lookUp: { find } as unknown as AnyLookUp };
}

const grouped = () => new GroupedLookUps((work) => work({} as never));
const rowOf = (found: Found<ObjectLiteral> | undefined) => found as unknown;

describe('GroupedLookUps', () => {
  it('reads once for all that come together, and for each what it asked for', async () => {
    const { find, lookUp } = newLookUp();
    const lookUps = grouped();
    const keys = ['a', 'b', 'nobody', 'a'];
    const found = await Promise.all(keys.map((key) => lookUps.add(lookUp, key)));
    expect(found.map(rowOf)).toEqual(['row of a', 'row of b', undefined, 'row of a']);
    expect(find.mock.calls.map(([, asked]) => asked)).toEqual([['a', 'b', 'nobody']]);
  });

  it('never answers with what was read before somebody asked', async () => {
    const { find, lookUp } = newLookUp();
    const lookUps = grouped();
    await lookUps.add(lookUp, 'a');
    await lookUps.add(lookUp, 'a');
    expect(find).toHaveBeenCalledTimes(2);
    let answer: (rows: Map<string, string>) => void = () => undefined;
    find.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const first = lookUps.add(lookUp, 'a');
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(find).toHaveBeenCalledTimes(3);
    // While that reading is under way.
    expect(rowOf(await lookUps.add(lookUp, 'a'))).toBe('row of a');
    expect(find).toHaveBeenCalledTimes(4);
    answer(new Map([['a', 'an older row of a']]));
    expect(rowOf(await first)).toBe('an older row of a');
  });

  it('keeps look-ups apart', async () => {
    const [one, other] = [newLookUp(), newLookUp()];
    const lookUps = grouped();
    await Promise.all([lookUps.add(one.lookUp, 'a'), lookUps.add(other.lookUp, 'b')]);
    expect(one.find.mock.calls.map(([, keys]) => keys)).toEqual([['a']]);
    expect(other.find.mock.calls.map(([, keys]) => keys)).toEqual([['b']]);
  });

  it('tells all whose reading failed, and nobody else', async () => {
    const { lookUp } = newLookUp();
    const other = newLookUp();
    const lookUps = grouped();
    const outcomes = await Promise.allSettled([
      lookUps.add(lookUp, 'a'),
      lookUps.add(lookUp, 'not to be read'),
      lookUps.add(other.lookUp, 'a'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(rowOf(await lookUps.add(lookUp, 'a'))).toBe('row of a');
  });

  it('asks for 128 in one statement at most', async () => {
    const { find, lookUp } = newLookUp();
    const lookUps = grouped();
    await Promise.all(Array.from({ length: 300 }, (_, key) => lookUps.add(lookUp, `${key}`)));
    expect(find.mock.calls.map(([, keys]) => keys.length)).toEqual([128, 128, 44]);
  });
});
