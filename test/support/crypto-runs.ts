import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from './cleanup.js';
import { LESS_WORK } from './node.js';
import type { Environment } from './service.js';

/**
 * Counts the bcrypt runs and key derivations of a service process. They are counted and not timed: on a busy machine
 * the duration of a request says little about the work done. The costs are those that the service asks for; what runs is
 * less, as in every test service.
 */
export class CryptoRuns {
  private readonly file = join(temporaryDirectory('crypto'), 'runs');

  /** Environment of the watched service. */
  get env(): Environment {
    const watch = pathToFileURL(join(import.meta.dirname, 'crypto-watch.mjs'));
    return {
      NODE_OPTIONS: `${LESS_WORK.NODE_OPTIONS} --import=${watch.href}`,
      CRYPTO_WATCH_FILE: this.file,
    };
  }

  /** The cost of each bcrypt run that `work` caused. */
  async bcryptCosts(work: () => Promise<unknown>): Promise<number[]> {
    const runs = (await this.during(work)).filter((line) => line.startsWith('bcrypt '));
    return runs.map((line) => Number(line.slice('bcrypt '.length)));
  }

  /** How many keys `work` derived. */
  async derivations(work: () => Promise<unknown>): Promise<number> {
    return (await this.during(work)).filter((line) => line === 'hkdf').length;
  }

  private async during(work: () => Promise<unknown>): Promise<string[]> {
    writeFileSync(this.file, '');
    await work();
    return readFileSync(this.file, 'utf8').split('\n');
  }
}
