// The real hasher at a low cost, and a spy on its calls of bcrypt.
import { jest } from '@jest/globals';
import bcrypt from 'bcrypt';
import {
  BcryptPasswordHasher,
  type BcryptOptions,
} from '../../src/common/crypto/bcrypt-password-hasher.js';

export const PEPPER = Buffer.alloc(32, 1);

export const hasherWith = (options: Partial<BcryptOptions> = {}) =>
  new BcryptPasswordHasher({
    cost: 4,
    peppers: [PEPPER],
    concurrency: 2,
    maxWaitMs: 4000,
    ...options,
  });

/** Records the calls of bcrypt, and executes them. */
export function watchBcrypt() {
  const compare = jest.spyOn(bcrypt, 'compare');
  const hash = jest.spyOn(bcrypt, 'hash');
  return {
    runs: () => compare.mock.calls.length + hash.mock.calls.length,
    inputs: () => [...compare.mock.calls, ...hash.mock.calls].map(([input]) => String(input)),
    /** Cost of every check, which the checked hash contains. */
    costs: () => compare.mock.calls.map(([, against]) => bcrypt.getRounds(against)),
  };
}
