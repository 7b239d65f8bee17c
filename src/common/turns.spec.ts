import { expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from './turns.js';

it('runs work of one key in order, other work beside it, and goes on after a failure', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const work = (key: string, name: string) =>
    turns.run(key, async () => {
      log.push(`+${name}`);
      await nextTurn();
      log.push(`-${name}`);
      if (name === 'a1') throw new Error(name);
      return name;
    });
  const outcomes = await Promise.allSettled([
    work('a', 'a1'),
    work('a', 'a2'),
    work('b', 'b1'),
    work('a', 'a3'),
  ]);
  expect(log.filter((step) => step.includes('a'))).toEqual([
    '+a1',
    '-a1',
    '+a2',
    '-a2',
    '+a3',
    '-a3',
  ]);
  expect(log.indexOf('+b1')).toBeLessThan(log.indexOf('-a1'));
  expect(outcomes.map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  // Nothing is kept of a key whose work is done.
  expect(turns).toEqual(new Turns());
});
