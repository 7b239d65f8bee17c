import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from './cleanup.js';
import type { Environment } from './service.js';

/**
 * Counts the bcrypt runs of a service process. They are counted and not timed: what a sign-in takes
 * on a busy machine says little of what was done for it.
 */
export class BcryptRuns {
  private readonly file = join(temporaryDirectory('bcrypt'), 'runs');

  /** For the service that is watched. */
  get env(): Environment {
    const watch = pathToFileURL(join(import.meta.dirname, 'bcrypt-watch.mjs'));
    return { NODE_OPTIONS: `--import=${watch.href}`, BCRYPT_WATCH_FILE: this.file };
  }

  /** The cost of each run that `work` made the service do. */
  async during(work: () => Promise<unknown>): Promise<number[]> {
    writeFileSync(this.file, '');
    await work();
    return readFileSync(this.file, 'utf8').split('\n').filter(Boolean).map(Number);
  }
}
