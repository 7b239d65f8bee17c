// End-to-end tests: the built service as a process of its own, on real databases.
import unit from './jest.config.mjs';

export default {
  ...unit,
  testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/after-each-file.ts'],
  testSequencer: '<rootDir>/test/support/slowest-first.mjs',
  // Ends what hangs. A busy machine is ten times as slow as an idle one.
  testTimeout: 180_000,
  // On two processors: each waits for services and servers for half of its time. Each has services of its own, so that
  // more of them cost more.
  maxWorkers: 4,
};
