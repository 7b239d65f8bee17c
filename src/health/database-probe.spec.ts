import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Database } from '../database/database.js';
import { DatabaseProbe } from './database-probe.js';

const read = jest.fn<() => Promise<unknown>>();
let probe: DatabaseProbe;

beforeEach(() => {
  jest.useFakeTimers();
  read.mockReset().mockResolvedValue([]);
  probe = new DatabaseProbe({ read } as unknown as Database);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('DatabaseProbe', () => {
  it('asks the database once a second, however many probes come (contract §1)', async () => {
    for (let millisecond = 0; millisecond < 3_000; millisecond += 10) {
      expect(await Promise.all([probe.isUp(), probe.isUp()])).toEqual([true, true]);
      jest.advanceTimersByTime(10);
    }
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('gives every probe the one answer that is under way (contract §1)', async () => {
    let answer: (rows: unknown) => void = () => undefined;
    read.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const probes = Array.from({ length: 100 }, () => probe.isUp());
    answer([]);
    expect(new Set(await Promise.all(probes))).toEqual(new Set([true]));
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('learns of an outage and of its end with the next question', async () => {
    expect(await probe.isUp()).toBe(true);
    jest.advanceTimersByTime(1_000);
    read.mockRejectedValueOnce(new Error('gone'));
    expect(await probe.isUp()).toBe(false);
    jest.advanceTimersByTime(999);
    expect(await probe.isUp()).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await probe.isUp()).toBe(true);
  });

  it('waits at most a second for the database (contract §1)', async () => {
    read.mockReturnValue(new Promise(() => undefined));
    const first = probe.isUp();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await first).toBe(false);
    const second = probe.isUp();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await second).toBe(false);
    expect(read).toHaveBeenCalledTimes(2);
  });
});
