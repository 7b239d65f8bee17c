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

  it('lasts no longer than it was set to, when the clock is set back', () => {
    const clock = new SetClock();
    const counters = new MemoryCounters(clock);
    counters.set('a', { count: 1, msLeft: 1_000 }, 2);
    clock.time -= 1_000_000;
    expect(counters.get('a')).toEqual({ count: 1, msLeft: 1_000 });
    clock.time += 1_000;
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

  it('keeps the failures of an address through a flood of wrong API keys and sign-ups (S-24, S-29)', async () => {
    const { signIn, keys, actions } = createThrottling(null, new SetClock());
    const address = newAddress();
    const attempt = () =>
      codeOf(() => signIn.attempt({ address, clientAddress: newNetwork(), familiarTo: undefined }));
    for (let count = 1; count <= 3; count++) expect(await attempt()).toBeUndefined();
    for (let index = 0; index < 11_000; index++) {
      const network = `2001:db8:0:${index.toString(16)}::1`;
      await keys.failed(network);
      await actions.count('sign_up', { network });
    }
    expect([await attempt(), await attempt(), await attempt()]).toEqual([
      undefined,
      undefined,
      42901,
    ]);
  });

  it('keeps the actions of a caller through a flood of sign-ups (S-33)', async () => {
    const { actions } = createThrottling(null, new SetClock());
    const by = { caller: 'caller', account: 'account' };
    for (let count = 1; count <= 299; count++) await actions.count('new_user', by);
    for (let index = 0; index < 11_000; index++) {
      await actions.count('sign_up', { network: `2001:db8:0:${index.toString(16)}::1` });
    }
    await actions.count('new_user', by);
    expect(await codeOf(() => actions.count('new_user', by))).toBe(42901);
  });
});
