// For the specs beside the code: a clock that can be set, and helpers for refusals.
import type { GatehouseEvent, GatehouseEventName } from '../../src/events/gatehouse-event.js';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../src/common/clock.js';
import { CodedException } from '../../src/common/errors/coded.exception.js';

/** A clock that changes only when it is set. */
export class SetClock extends Clock {
  constructor(public time = Date.UTC(2026, 0, 1)) {
    super();
  }

  override now(): number {
    return this.time;
  }
}

/** Same as `Database.batched`, but reads each key by itself. */
export function unbatched<V>(
  load: (keys: readonly string[], manager: EntityManager) => Promise<V[]>,
) {
  return async (key: string) => (await load([key], {} as EntityManager))[0];
}

/** The exception with which `work` was refused; fails if it was not refused or threw another error. */
export async function refusalOf(work: () => unknown): Promise<CodedException> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CodedException) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** The code of the refusal, or `undefined` if `work` was not refused. */
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
 * Milliseconds of CPU time that this process spends on the quickest of a few runs. Wall-clock time would depend on
 * other load of the machine.
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

/** An event of that name, about a user. */
export function eventOf(name: GatehouseEventName): GatehouseEvent {
  const facts = { id: 'event-1', at: 0, accountId: 'account-1', userId: 'user-1' };
  return { name, ...facts, actorId: 'system', actorType: 'system' } as GatehouseEvent;
}
