import { beforeAll } from '@jest/globals';
import { CryptoRuns } from '../support/crypto-runs.js';
import { REAL_LIMITS } from '../support/limits.js';
import { newOwner } from '../support/members.js';
import { startService } from '../support/service.js';
import { describeEachOnce } from '../support/targets.js';
import type { Bench } from './bench.js';
import { describeApiKeys } from './api-keys.js';
import { describeCreation, SMALL_LIMITS } from './creation.js';
import { describeFormsOfACheck } from './forms.js';
import { BEHIND_PROXY, from } from './networks.js';
import { describePasswords } from './passwords.js';

// One service for all subjects, because they need the same settings.
describeEachOnce('throttling', (target) => {
  const bench = { cryptoRuns: new CryptoRuns() } as Bench;
  beforeAll(async () => {
    const { env: watch } = bench.cryptoRuns;
    const env = { ...REAL_LIMITS, ...SMALL_LIMITS, ...BEHIND_PROXY, ...watch };
    bench.service = await startService({ target, env });
    bench.usual = from(bench.service);
    bench.owner = await newOwner(bench.usual);
  });

  describePasswords(bench);
  describeFormsOfACheck(bench);
  describeApiKeys(bench);
  describeCreation(bench);
});
