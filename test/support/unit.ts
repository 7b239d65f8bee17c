// For the specs beside the code: a clock that stands still and what a refusal says.
import type { EntityManager } from 'typeorm';
import { Clock } from '../../src/common/clock.js';
import { CodedException } from '../../src/common/errors/coded.exception.js';

/** Stands still until it is set. */
export class SetClock extends Clock {
  constructor(public time = Date.UTC(2026, 0, 1)) {
    super();
  }

  override now(): number {
    return this.time;
  }
}

/** As `Database.batched`, but reads each key by itself. */
export function unbatched<V>(
  load: (keys: readonly string[], manager: EntityManager) => Promise<V[]>,
) {
  return async (key: string) => (await load([key], {} as EntityManager))[0];
}

/** What `work` was refused with; fails when it was not, or with something that is no refusal. */
export async function refusalOf(work: () => unknown): Promise<CodedException> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CodedException) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** The same in one number, or `undefined` when `work` was not refused. */
export async function codeOf(work: () => unknown): Promise<number | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof CodedException) return error.entry.code;
    throw error;
  }
}

/**
 * Milliseconds of CPU time that this process spends on the quickest of a few runs. Time on the clock would tell what
 * else the machine has to do.
 */
export async function quickest(work: () => unknown, runs = 5): Promise<number> {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
