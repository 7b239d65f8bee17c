import { setTimeout as sleep } from 'node:timers/promises';

/** How long an instance may go by what it read before (contract §4, S-59). */
export const BOUND_MS = 5_000;
const PAUSE_MS = 50;
/** What a request takes on a busy machine. */
const REQUEST_MS = 1_000;

/** Repeats a check until it holds, for as long as another process's change may stay unseen. */
export async function withinBound(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + BOUND_MS + REQUEST_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
