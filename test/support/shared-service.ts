import { readFileSync } from 'node:fs';
import { openTestDatabase, type TestDatabase } from './database.js';
import { request } from './http.js';
import type { SharedAddress } from './shared-services.js';
import type { Target } from './targets.js';

/** A running service, without the means to end it. */
export interface SharedService {
  readonly url: string;
  readonly database: TestDatabase;
  /** What it has written since this test file got hold of it. */
  output(): string;
}

/**
 * The service on this target that the test files of one Jest worker share, one after another: half a second for each
 * file is saved. It has no settings but those of every test service, and its database holds what earlier files left
 * there. A file makes its own accounts, restores what it changes beside them, and neither ends it nor breaks it: for
 * that, and for settings, there is `startService`.
 */
export async function sharedService(
  { database, adapter }: Target = { database: 'sqlite', adapter: 'fastify' },
): Promise<SharedService> {
  const worker = process.env.JEST_WORKER_ID ?? '1';
  const supervisor = { url: process.env.TEST_SHARED_SERVICES ?? '' };
  const path = `/${worker}/${database}/${adapter}`;
  const { status, text } = await request(supervisor, 'GET', path, { timeoutMs: 150_000 });
  if (status !== 200) throw new Error(`There is no shared service: ${text}`);
  const { url, databaseUrl, outputFile } = JSON.parse(text) as SharedAddress;
  const output = () => readFileSync(outputFile, 'utf8');
  const before = output().length;
  return {
    url,
    database: openTestDatabase(database, databaseUrl),
    output: () => output().slice(before),
  };
}
