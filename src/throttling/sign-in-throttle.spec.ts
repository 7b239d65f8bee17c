import { describe } from '@jest/globals';
import { createThrottling, describeThrottlingRules } from '../../test/support/throttling.js';
import { SetClock } from '../../test/support/unit.js';

describe('throttling in memory', () => {
  describeThrottlingRules(() => {
    const clock = new SetClock();
    return {
      instances: [createThrottling(null, clock)],
      advance: (ms) => void (clock.time += ms),
    };
  });
});
