import { pauseAfter } from '../outbox/back-off.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Pause after the n-th failure of a letter: 1 s, doubling to 1 minute in the first hour, so that a mail server that
 * comes back finds the links still valid, and to 10 minutes after that.
 */
export function retryPause(failures: number, ageMs: number): number {
  return Math.min(pauseAfter(failures), ageMs < HOUR_MS ? MINUTE_MS : 10 * MINUTE_MS);
}
