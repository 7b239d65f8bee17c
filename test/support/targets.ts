import { describe, it } from '@jest/globals';
import type { DatabaseKind } from './database.js';
import { findMariaDb } from './mariadb-server.js';
import { findPgBouncer } from './pgbouncer.js';
import { findRedis } from './redis-server.js';
import { editionOf } from './postgres-programs.js';
import { findProgram } from './programs.js';
import { chromiumPath, hasPostgres, sharedMySqlUrl } from './services.js';

/** One way to run the service. The promises of the wire contract hold on every one. */
export interface Target {
  readonly database: DatabaseKind;
  readonly adapter: 'fastify' | 'express';
}

export interface TargetFilter {
  readonly databases?: readonly Target['database'][];
  readonly adapters?: readonly Target['adapter'][];
}

const allTargets: readonly Target[] = (['sqlite', 'mariadb', 'postgres'] as const).flatMap(
  (database) => [
    { database, adapter: 'fastify' },
    { database, adapter: 'express' },
  ],
);

/** Each database, and each adapter. */
const usualTargets: readonly Target[] = [
  { database: 'sqlite', adapter: 'fastify' },
  { database: 'mariadb', adapter: 'express' },
  { database: 'postgres', adapter: 'fastify' },
];

const eachOnce: readonly Target[] = [
  { database: 'sqlite', adapter: 'fastify' },
  { database: 'postgres', adapter: 'express' },
];

/** Declares a suite on some targets. */
export type DescribeOnTargets = (title: string, define: (target: Target) => void) => void;

/**
 * Declares the suite once per target: on each database, or on all pairs of a database and an adapter that the filter
 * picks. While developing, the variable TEST_TARGETS narrows that, for example to `sqlite-fastify,mariadb-express`; with
 * `first` each suite has the first of its targets.
 */
export function describeTargets(
  title: string,
  define: (target: Target) => void,
  filter?: TargetFilter,
): void {
  const chosen = allTargets.filter(
    (target) =>
      (filter?.databases?.includes(target.database) ?? true) &&
      (filter?.adapters?.includes(target.adapter) ?? true),
  );
  describeOn(filter ? chosen : usualTargets, title, define);
}

/** Declares the suite on two targets: for a rule of ours that neither the engine nor the adapter changes. */
export function describeEachOnce(title: string, define: (target: Target) => void): void {
  describeOn(eachOnce, title, define);
}

/** Declares the suite on these targets. */
export function describeOn(
  targets: readonly Target[],
  title: string,
  define: (target: Target) => void,
): void {
  const chosen = wantedOf(targets);
  // Only for a run that TEST_TARGETS narrows: Jest fails a file without tests, so one skipped test names the reason. CI
  // accepts no skipped test.
  if (chosen.length === 0) it.skip(`${title}: no target in TEST_TARGETS`, () => {});
  for (const target of chosen) {
    (isAvailable(target.database) ? describe : describe.skip)(`${title} [${nameOf(target)}]`, () =>
      define(target),
    );
  }
}

/** Declares a suite that starts MariaDB servers of its own; left out where none is installed. */
export function describeMariaDb(title: string, define: () => void): void {
  (findMariaDb() ? describe : describe.skip)(title, define);
}

/** Declares a suite that starts PostgreSQL servers of its own; left out where none is installed. */
export function describePostgres(title: string, define: () => void): void {
  (editionOf() ? describe : describe.skip)(title, define);
}

/** As {@link describePostgres}, for a suite that puts PgBouncer before them. */
export function describePgBouncer(title: string, define: () => void): void {
  (editionOf() && findPgBouncer() ? describe : describe.skip)(title, define);
}

/** Declares a suite that starts Redis servers of its own; left out where it is not installed. */
export function describeRedis(title: string, define: () => void): void {
  (findRedis() ? describe : describe.skip)(title, define);
}

/** Declares a suite that runs curl; left out where it is not installed. */
export function describeCurl(title: string, define: () => void): void {
  (findProgram('curl') ? describe : describe.skip)(title, define);
}

/** Declares a suite that runs git-secrets; left out where it is not installed. */
export function describeGitSecrets(title: string, define: () => void): void {
  (findProgram('git-secrets') ? describe : describe.skip)(title, define);
}

/** Declares a suite that needs a browser; left out where none is installed. */
export function describeBrowser(title: string, define: (executablePath: string) => void): void {
  const path = chromiumPath();
  (path ? describe : describe.skip)(title, () => define(path ?? ''));
}

function isAvailable(database: DatabaseKind): boolean {
  if (database === 'postgres') return hasPostgres();
  return database === 'sqlite' || sharedMySqlUrl() !== undefined;
}

function wantedOf(targets: readonly Target[]): readonly Target[] {
  return process.env.TEST_TARGETS === 'first' ? targets.slice(0, 1) : targets.filter(isWanted);
}

function isWanted(target: Target): boolean {
  const { TEST_TARGETS: names } = process.env;
  if (!names) return true;
  const wanted = names.split(',').map((name) => name.trim());
  const known = allTargets.map(nameOf);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`TEST_TARGETS names "${unknown}"; it knows first, ${known.join(', ')}`);
  }
  return wanted.includes(nameOf(target));
}

function nameOf({ database, adapter }: Target): string {
  return `${database}-${adapter}`;
}
