// Waits long enough for a busy machine; if the expected result never comes, the test fails.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse } from './http.js';

/** How long to wait for a result that an idle machine gives at once. */
export const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

/** Repeats a check until it holds; throws its last failure if it never does. */
export async function eventually<T>(check: () => Promise<T> | T): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/**
 * Repeats a request while too many passwords wait to be hashed (42901). Such a request has had no effect, so a race
 * between several of them is still a race.
 */
export async function inTurn(send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const response = await send();
    if (response.body?.code !== 42901 || performance.now() > deadline) return response;
    await sleep(PAUSE_MS);
  }
}

/**
 * Repeats an attempt that must finish within a time span, with ever longer spans, until it is in time.
 * `attempt` starts from the beginning each time, and returns `false` when it was too late.
 */
export async function beforeTheEnd(attempt: (spanMs: number) => Promise<boolean>): Promise<void> {
  for (const spanMs of [2_000, 8_000, 30_000]) if (await attempt(spanMs)) return;
  throw new Error('The machine is too busy to be in time');
}
