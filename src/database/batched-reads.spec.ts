import { describe, expect, it, jest } from '@jest/globals';
import { DatabaseBench } from '../../test/support/data-source.js';

/** Finds every key that does not begin with `no`. */
function newRead() {
  const load = jest.fn((keys: readonly string[]): Promise<(string | undefined)[]> => {
    if (keys.includes('not to be read')) return Promise.reject(new Error('gone'));
    return Promise.resolve(keys.map((key) => (key.startsWith('no') ? undefined : `row of ${key}`)));
  });
  return { load, read: new DatabaseBench().database.batched(load) };
}

describe('Database.batched', () => {
  it('reads once for concurrent requests, and gives each its own row', async () => {
    const { load, read } = newRead();
    const keys = ['a', 'b', 'nobody', 'a'];
    const found = await Promise.all(keys.map((key) => read(key)));
    expect(found).toEqual(['row of a', 'row of b', undefined, 'row of a']);
    expect(load.mock.calls.map(([asked]) => asked)).toEqual([keys]);
  });

  it('never answers with a row that was read before the request', async () => {
    const { load, read } = newRead();
    await read('a');
    await read('a');
    expect(load).toHaveBeenCalledTimes(2);
    let answer: (rows: string[]) => void = () => undefined;
    load.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const first = read('a');
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(load).toHaveBeenCalledTimes(3);
    // While that read is under way.
    expect(await read('a')).toBe('row of a');
    expect(load).toHaveBeenCalledTimes(4);
    answer(['an older row of a']);
    expect(await first).toBe('an older row of a');
  });

  it('fails for all requests of the failed read, and for no other', async () => {
    const { read } = newRead();
    const other = newRead();
    const outcomes = await Promise.allSettled([read('a'), read('not to be read'), other.read('a')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await read('a')).toBe('row of a');
  });

  it('reads at most 128 keys in one statement', async () => {
    const { load, read } = newRead();
    await Promise.all(Array.from({ length: 300 }, (_, key) => read(`${key}`)));
    expect(load.mock.calls.map(([keys]) => keys.length)).toEqual([128, 128, 44]);
  });
});
