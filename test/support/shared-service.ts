import { readFileSync } from 'node:fs';
import { onDispose } from './cleanup.js';
import { openTestDatabase, type TestDatabase } from './database.js';
import { sharedNodeOf } from './node.js';
import { editionOf } from './postgres-programs.js';
import type { SharedAddress } from './shared-services.js';
import { signal } from './process-tree.js';
import { askSupervisor } from './supervisor.js';
import type { Target } from './targets.js';

/** A running service that a test file cannot end. */
export interface SharedService {
  readonly url: string;
  readonly database: TestDatabase;
  /** Its output since this test file began to use it. */
  output(): string;
}

/**
 * Processes of the services that this test file uses. The others rest: what each does in every second takes a tenth of a
 * run's CPU time, when thirty of them wait for a file.
 */
const used = new Set<number>();

/**
 * The service on this target that the test files of one Jest worker share, one after another, which saves a second per
 * file, and which rests between them. It has the settings of every test service, but serves Swagger UI; its database keeps
 * the rows of earlier files.
 * A file creates its own accounts, restores other changes, and neither ends nor breaks the service: for that, and for
 * other settings, there is `startService`.
 */
export async function sharedService(
  { database, adapter }: Target = { database: 'sqlite', adapter: 'fastify' },
): Promise<SharedService> {
  const worker = process.env.JEST_WORKER_ID ?? '1';
  const edition = database === 'postgres' ? `/${editionOf()}` : '';
  const node = encodeURIComponent(sharedNodeOf({ database, adapter }));
  const { url, databaseUrl, outputFile, pid } = JSON.parse(
    await askSupervisor(`/${worker}/${database}/${adapter}${edition}?node=${node}`),
  ) as SharedAddress;
  if (pid !== undefined && !used.has(pid)) {
    used.add(pid);
    signal(pid, 'SIGCONT');
    // The last disposal, since others may ask the service.
    onDispose(() => signal(pid, 'SIGSTOP'));
  }
  const output = () => readFileSync(outputFile, 'utf8');
  const before = output().length;
  return {
    url,
    database: openTestDatabase(database, databaseUrl),
    output: () => output().slice(before),
  };
}

/** The package as `npm publish` would pack it: the path of its tarball. */
export function packedPackage(): Promise<string> {
  return askSupervisor('/package');
}

/** The API description, as `dist/server/commands/openapi.js` prints it without any setting. */
export function printedDescription(): Promise<string> {
  return askSupervisor('/openapi');
}
