// A busy machine may take its time; whatever is waited for here either comes, or the run is broken.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse } from './http.js';

/** How long to wait for what comes at once on an idle machine. */
export const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

/** Repeats a check until it holds; its last failure is the outcome when it never does. */
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
 * Sends a request again for as long as too many passwords wait to be hashed (42901). Nothing has been done for such a
 * request, so a race between several of them stays one.
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
 * Does what has to happen before an end that is near, with ever more room for it, until it was done before that end.
 * `attempt` begins anew each time, and gives `false` when the end came first.
 */
export async function beforeTheEnd(attempt: (spanMs: number) => Promise<boolean>): Promise<void> {
  for (const spanMs of [2_000, 8_000, 30_000]) if (await attempt(spanMs)) return;
  throw new Error('The machine is too busy to be in time');
}
