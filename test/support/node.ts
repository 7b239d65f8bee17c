import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/**
 * The Node that runs the service and the hosts: `TEST_NODE`, the path of a program called `node`, and else the one that
 * runs the tests.
 */
export const nodeOfTheProduct = process.env.TEST_NODE || process.execPath;

const lessWork = pathToFileURL(join(import.meta.dirname, 'less-work.mjs'));

/**
 * For the environment of what is started: fewer rounds of bcrypt than it asks for, and code that an earlier process of
 * the run has compiled.
 */
export const LESS_WORK = {
  NODE_OPTIONS: `--import=${lessWork.href}`,
  NODE_COMPILE_CACHE: process.env.TEST_COMPILE_CACHE,
} as const;

/** For a service whose hashes are to be real ones. */
export const REAL_BCRYPT = { NODE_OPTIONS: undefined } as const;
