import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { Housekeeping } from './housekeeping.js';

const DAY_MS = 86_400_000;

describe('Housekeeping', () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  beforeAll(() => void warn.mockClear());
  afterAll(() => warn.mockRestore());

  it('repeats a step while there is more, and runs the others although one fails (S-168)', async () => {
    const housekeeping = new Housekeeping();
    let left = 3;
    let others = 0;
    housekeeping.add('old rows', () => Promise.resolve(--left > 0));
    housekeeping.add('rows without the right', () => Promise.reject(new Error('denied')));
    housekeeping.add('counters', () => Promise.resolve(++others < 0));
    await housekeeping.run();
    await housekeeping.run();
    expect([left, others]).toEqual([-1, 2]);
    // One warning, however often it fails (S-153).
    expect(warn.mock.calls).toEqual([['rows without the right cannot be deleted: denied']]);
  });

  it('begins no step after the shutdown has begun (S-168)', async () => {
    const housekeeping = new Housekeeping();
    let steps = 0;
    housekeeping.add('old rows', () => Promise.resolve(++steps > 0));
    await housekeeping.beforeApplicationShutdown();
    await housekeeping.run();
    expect(steps).toBe(0);
  });

  it('holds up the shutdown until the step under way has ended (S-168)', async () => {
    const housekeeping = new Housekeeping();
    const ended: string[] = [];
    housekeeping.add('old rows', async () => {
      await setImmediate();
      return ended.push('step') > 0;
    });
    void housekeeping.run();
    await housekeeping.beforeApplicationShutdown();
    ended.push('shutdown');
    expect(ended).toEqual(['step', 'shutdown']);
  });
});

describe('the timer of Housekeeping', () => {
  beforeAll(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
  afterAll(() => void jest.useRealTimers());

  it('runs the steps again and again until the shutdown, and keeps no process alive (S-168)', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const housekeeping = new Housekeeping();
    let steps = 0;
    housekeeping.add('old rows', () => Promise.resolve(++steps < 0));
    housekeeping.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(DAY_MS);
    const ofOneDay = steps;
    await jest.advanceTimersByTimeAsync(DAY_MS);
    expect(ofOneDay).toBeGreaterThan(20);
    expect(steps).toBeGreaterThan(ofOneDay + 20);
    const references = timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef());
    expect(new Set(references)).toEqual(new Set([false]));
    timers.mockRestore();
    void housekeeping.beforeApplicationShutdown();
    const before = steps;
    await jest.advanceTimersByTimeAsync(DAY_MS);
    expect(steps).toBe(before);
  });
});
