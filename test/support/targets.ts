import { describe, it } from '@jest/globals';
import type { DatabaseKind } from './database.js';
import { findMariaDb } from './mariadb-server.js';
import { findProgram } from './programs.js';
import { chromiumPath, sharedMySqlUrl } from './services.js';

/** One way to run the service. The promises of the wire contract hold on every one. */
export interface Target {
  readonly database: DatabaseKind;
  readonly adapter: 'fastify' | 'express';
}

export interface TargetFilter {
  readonly databases?: readonly Target['database'][];
  readonly adapters?: readonly Target['adapter'][];
}

const allTargets: readonly Target[] = [
  { database: 'sqlite', adapter: 'fastify' },
  { database: 'sqlite', adapter: 'express' },
  { database: 'mariadb', adapter: 'fastify' },
  { database: 'mariadb', adapter: 'express' },
];

const eachOnce: readonly Target[] = [
  { database: 'sqlite', adapter: 'fastify' },
  { database: 'mariadb', adapter: 'express' },
];

const otherPairs: readonly Target[] = [
  { database: 'sqlite', adapter: 'express' },
  { database: 'mariadb', adapter: 'fastify' },
];

/** Declares a suite on some targets. */
export type DescribeOnTargets = (title: string, define: (target: Target) => void) => void;

/**
 * Declares the suite once per target. While developing, the variable TEST_TARGETS narrows that,
 * for example to `sqlite-fastify,mariadb-express`; with `first` each suite has the first of its targets.
 */
export function describeTargets(
  title: string,
  define: (target: Target) => void,
  filter: TargetFilter = {},
): void {
  const chosen = allTargets.filter(
    (target) =>
      (filter.databases?.includes(target.database) ?? true) &&
      (filter.adapters?.includes(target.adapter) ?? true),
  );
  describeOn(chosen, title, define);
}

/**
 * Declares the suite on two targets, which are both databases and both adapters: for a rule of ours that no pair of
 * them changes.
 */
export function describeEachOnce(title: string, define: (target: Target) => void): void {
  describeOn(eachOnce, title, define);
}

/** As {@link describeEachOnce}, on the two targets that it leaves out. */
export function describeOtherPairs(title: string, define: (target: Target) => void): void {
  describeOn(otherPairs, title, define);
}

/** Declares a suite that takes long and knows no target: where the file is run again, only there. */
export function describeOnce(title: string, define: () => void): void {
  if (isRunAgain()) return;
  describe(title, () => {
    define();
  });
}

/**
 * Whether `npm test` runs this file again, on another Node and on the first target of each suite, which is left out
 * here then. TEST_AGAIN says which files: beginnings of their paths.
 */
function isRunAgain(): boolean {
  const { TEST_AGAIN = '', TEST_FILE = '' } = process.env;
  return TEST_AGAIN.split(',').some((path) => path !== '' && TEST_FILE.startsWith(path));
}

function describeOn(
  targets: readonly Target[],
  title: string,
  define: (target: Target) => void,
): void {
  const chosen = wantedOf(targets);
  // Only for a run that TEST_TARGETS narrows: Jest fails a file without tests, so one skipped test names the reason. CI
  // accepts no skipped test.
  if (chosen.length === 0) it.skip(`${title}: no target in TEST_TARGETS`, () => {});
  for (const target of chosen) {
    const available = target.database === 'sqlite' || sharedMySqlUrl() !== undefined;
    (available ? describe : describe.skip)(`${title} [${nameOf(target)}]`, () => define(target));
  }
}

/** Declares a suite that starts MariaDB servers of its own; left out where none is installed. */
export function describeMariaDb(title: string, define: () => void): void {
  (findMariaDb() ? describe : describe.skip)(title, define);
}

/** Declares a suite that runs curl; left out where it is not installed. */
export function describeCurl(title: string, define: () => void): void {
  (findProgram('curl') ? describe : describe.skip)(title, define);
}

/** Declares a suite that needs a browser; left out where none is installed. */
export function describeBrowser(title: string, define: (executablePath: string) => void): void {
  const path = chromiumPath();
  (path ? describe : describe.skip)(title, () => define(path ?? ''));
}

function wantedOf(targets: readonly Target[]): readonly Target[] {
  // The only target of a suite is for every Node.
  if (isRunAgain() && targets.length > 1) return targets.slice(1).filter(isWanted);
  return process.env.TEST_TARGETS === 'first' ? targets.slice(0, 1) : targets.filter(isWanted);
}

function isWanted(target: Target): boolean {
  const wanted = process.env.TEST_TARGETS?.split(',').map((name) => name.trim());
  const known = allTargets.map(nameOf);
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`TEST_TARGETS names "${unknown}"; it knows first, ${known.join(', ')}`);
  }
  return wanted?.includes(nameOf(target)) ?? true;
}

function nameOf({ database, adapter }: Target): string {
  return `${database}-${adapter}`;
}
