import { describe, expect, it } from '@jest/globals';
import { codeOf, SetClock } from '../../test/support/unit.js';
import { createThrottling, newAddress, newNetwork } from '../../test/support/throttling.js';
import { MemoryCounters } from './memory-counters.js';

describe('MemoryCounters', () => {
  it('holds at most 40,000 counters (S-29)', () => {
    const counters = new MemoryCounters(new SetClock());
    for (let index = 0; index < 100_000; index++) {
      counters.set(`open ${index}`, { count: 1, msLeft: 1_000 }, 2);
      counters.set(`reached ${index}`, { count: 2, msLeft: 1_000 }, 2);
    }
    expect(counters.size).toBe(40_000);
    expect(counters.get('open 0')).toBeUndefined();
    expect(counters.get('open 99999')).toEqual({ count: 1, msLeft: 1_000 });
    expect(counters.get('reached 99999')).toEqual({ count: 2, msLeft: 1_000 });
  });

  it('keeps the counter in use rather than the one before it', () => {
    const counters = new MemoryCounters(new SetClock());
    counters.set('in use', { count: 1, msLeft: 1_000 }, 2);
    for (let index = 0; index < 15_000; index++) {
      counters.set(`open ${index}`, { count: 1, msLeft: 1_000 }, 2);
      if (index % 1_000 === 0) counters.get('in use');
    }
    expect(counters.get('in use')?.count).toBe(1);
  });

  it('ends a counter at the end of its time, and not a millisecond earlier', () => {
    const clock = new SetClock();
    const counters = new MemoryCounters(clock);
    counters.set('a', { count: 1, msLeft: 1_000 }, 2);
    clock.time += 999;
    expect(counters.get('a')).toEqual({ count: 1, msLeft: 1 });
    clock.time += 1;
    expect(counters.get('a')).toBeUndefined();
  });

  it('keeps the counters of an address under attack through a flood of random ones (S-29)', async () => {
    const clock = new SetClock();
    const { signIn } = createThrottling(null, clock);
    const attempt = (address: string) =>
      codeOf(() => signIn.attempt({ address, clientAddress: newNetwork(), familiarTo: undefined }));
    const [delayed, stopped] = [newAddress(), newAddress()];
    for (let count = 1; count <= 100; count++) {
      expect(await attempt(stopped)).toBeUndefined();
      if (count >= 5) clock.time += 3_600_000;
    }
    for (let count = 1; count <= 5; count++) await attempt(delayed);
    for (let count = 1; count <= 11_000; count++) await attempt(newAddress());
    expect([await attempt(delayed), await attempt(stopped)]).toEqual([42901, 42901]);
  });
});
