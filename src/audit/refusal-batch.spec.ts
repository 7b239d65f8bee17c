import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { RefusalBatch } from './refusal-batch.js';

/** A batch whose stores end when they are told to. */
function batching() {
  const stores: { items: readonly number[]; end: (error?: Error) => void }[] = [];
  const batch = new RefusalBatch<number>(
    (items) =>
      new Promise((resolve, reject) => {
        stores.push({ items, end: (error) => (error ? reject(error) : resolve()) });
      }),
  );
  return { batch, stores };
}

describe('RefusalBatch', () => {
  it('stores what comes together in one go, and what comes meanwhile in the next (S-152)', async () => {
    const { batch, stores } = batching();
    const first = [batch.add([1]), batch.add([2, 3])];
    await turn();
    const second = [batch.add([4]), batch.add([5])];
    await turn();
    expect(stores.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    stores[0]?.end();
    await Promise.all(first);
    await turn();
    expect(stores.map(({ items }) => items)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    stores[1]?.end();
    await Promise.all(second);
    const third = batch.add([6]);
    await turn();
    stores[2]?.end();
    await third;
  });

  it('fails those who wait together with those who are stored, and goes on (S-144, S-178)', async () => {
    const { batch, stores } = batching();
    const results = [batch.add([1])];
    await turn();
    results.push(batch.add([2]));
    stores[0]?.end(new Error('away'));
    for (const result of results) await expect(result).rejects.toThrow('away');
    const next = batch.add([3]);
    await turn();
    stores[1]?.end();
    await expect(next).resolves.toBeUndefined();
  });
});
