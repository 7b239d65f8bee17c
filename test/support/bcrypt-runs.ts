import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from './cleanup.js';
import type { Environment } from './service.js';

/**
 * Counts the bcrypt runs of a service process. They are counted and not timed: on a busy machine the
 * duration of a sign-in says little about the work done.
 */
export class BcryptRuns {
  private readonly file = join(temporaryDirectory('bcrypt'), 'runs');

  /** Environment of the watched service. */
  get env(): Environment {
    const watch = pathToFileURL(join(import.meta.dirname, 'bcrypt-watch.mjs'));
    return { NODE_OPTIONS: `--import=${watch.href}`, BCRYPT_WATCH_FILE: this.file };
  }

  /** The cost of each bcrypt run that `work` caused. */
  async during(work: () => Promise<unknown>): Promise<number[]> {
    writeFileSync(this.file, '');
    await work();
    return readFileSync(this.file, 'utf8').split('\n').filter(Boolean).map(Number);
  }
}
