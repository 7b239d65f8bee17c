import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import type { Target } from './targets.js';

/**
 * The Node that runs the service and most hosts: `TEST_NODE`, the path of a program called `node`, and else the one that
 * runs the tests.
 */
export const nodeOfTheProduct = process.env.TEST_NODE || process.execPath;

/**
 * The Node that runs the service of this test file on a target. `npm test` passes the newest in TEST_NEWEST_NODE: it runs
 * the files of TEST_ON_NEWEST, and those of TEST_IN_TURN on SQLite with Fastify, so that both Nodes prove them.
 */
export function nodeOf({ database, adapter }: Target): string {
  const { TEST_NODE, TEST_NEWEST_NODE: newest } = process.env;
  if (TEST_NODE || !newest) return nodeOfTheProduct;
  const isInTurn = database === 'sqlite' && adapter === 'fastify' && isListedIn('TEST_IN_TURN');
  return isInTurn || isListedIn('TEST_ON_NEWEST') ? newest : nodeOfTheProduct;
}

/** Where the newest Node runs the services that test files share: one engine behind each adapter. */
const SHARED_ON_NEWEST: readonly Target[] = [
  { database: 'sqlite', adapter: 'fastify' },
  { database: 'postgres', adapter: 'express' },
];

/**
 * The Node that runs the service that test files share on a target. Not the one of the test file: a worker has a service
 * for each target and Node, which costs CPU time even while nothing asks it.
 */
export function sharedNodeOf({ database, adapter }: Target): string {
  const { TEST_NODE, TEST_NEWEST_NODE: newest } = process.env;
  const isOnNewest = SHARED_ON_NEWEST.some(
    (each) => each.database === database && each.adapter === adapter,
  );
  return isOnNewest && newest && !TEST_NODE ? newest : nodeOfTheProduct;
}

/** The Node that runs what a host has to prove on the newest one; the present one where `npm test` has passed no other. */
export const newestNode = process.env.TEST_NODE || process.env.TEST_NEWEST_NODE || process.execPath;

/** Whether this test file is one of those that a variable lists, by the beginnings of their paths. */
export function isListedIn(variable: string): boolean {
  const { [variable]: list = '', TEST_FILE = '' } = process.env;
  return list.split(',').some((path) => path !== '' && TEST_FILE.startsWith(path));
}

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
