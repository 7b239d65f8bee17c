import { expect, it } from '@jest/globals';
import { nextAttempt } from './retry-schedule.js';

it('repeats a delivery after 5 s, then twice as long up to 1 h, for a day', () => {
  let now = 0;
  const pauses: number[] = [];
  for (let failures = 1; ; failures++) {
    const next = nextAttempt(failures, { queuedAt: 0 }, now);
    if (next === undefined) break;
    pauses.push((next - now) / 1000);
    now = next;
  }
  expect(pauses.slice(0, 12)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
  expect(now).toBeGreaterThanOrEqual(86_400_000);
  expect(now).toBeLessThan(86_400_000 + 3_600_000);
  expect(pauses).toHaveLength(33);
});
