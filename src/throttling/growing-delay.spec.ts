import { expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DEFAULT_OPTIONS } from '../../test/support/default-options.js';
import { codeOf, SetClock } from '../../test/support/unit.js';
import { GrowingDelay } from './growing-delay.js';
import type { Limit, Limiter } from './limit.js';
import { Limiters } from './limiters.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RULE = { name: 'address', delaysFrom: 5, stops: true } as const;

/** Limiters whose commands take a turn of the event loop, as those of Redis take a round trip. */
class RemoteLimiters extends Limiters {
  override limiter(limit: Limit): Limiter {
    const local = super.limiter(limit);
    return {
      points: local.points,
      consume: (...args) => nextTurn().then(() => local.consume(...args)),
      reward: (...args) => nextTurn().then(() => local.reward(...args)),
      get: (...args) => nextTurn().then(() => local.get(...args)),
      set: (...args) => nextTurn().then(() => local.set(...args)),
      delete: (...args) => nextTurn().then(() => local.delete(...args)),
    };
  }
}

/** Fails so many times, each as soon as it may. */
async function fail(delay: GrowingDelay, failures: number, clock: SetClock): Promise<void> {
  for (let count = 1; count <= failures; count++) {
    await delay.admit('a');
    if (count < failures) clock.time += HOUR_MS;
  }
}

it('a stop ends 30 days after the last attempt that was admitted, whatever was refused since (S-24, S-26)', async () => {
  const clock = new SetClock();
  const limiters = new Limiters(DEFAULT_OPTIONS.throttling, null, clock);
  const delay = new GrowingDelay(limiters, RULE);
  await fail(delay, 100, clock);
  for (let day = 1; day <= 29; day++) {
    clock.time += DAY_MS;
    expect(await codeOf(() => delay.admit('a'))).toBe(42901);
  }
  clock.time += DAY_MS;
  expect(await codeOf(() => delay.admit('a'))).toBeUndefined();
});

it.each([
  ['delayed', 20],
  ['stopped', 100],
])('refused attempts on a %s address do not undo a reset (S-24)', async (_, failures) => {
  for (let turns = 0; turns <= 8; turns++) {
    const clock = new SetClock();
    const limiters = new RemoteLimiters(DEFAULT_OPTIONS.throttling, null, clock);
    const delay = new GrowingDelay(limiters, RULE);
    await fail(delay, failures, clock);
    const attempts = Array.from({ length: 3 }, async () => {
      for (let count = 1; count <= 20; count++) await codeOf(() => delay.admit('a'));
    });
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    await delay.forget('a');
    await Promise.all(attempts);
    // The five attempts after the reset are the last that were counted.
    clock.time += 30_000;
    expect(await codeOf(() => delay.admit('a'))).toBeUndefined();
    clock.time += 60_000;
    expect(await codeOf(() => delay.admit('a'))).toBeUndefined();
  }
});
