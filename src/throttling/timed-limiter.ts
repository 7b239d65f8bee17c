import type { Limiter } from './limit.js';
import { withinTime } from '../common/within-time.js';

/** For an answer of the store: passwords and keys are 503 within 1 s when it is away (S-32). */
export const STORE_LIMIT_MS = 900;

/** A limiter whose commands have a limit each, so that a decision may take longer on a busy machine. */
export function timedLimiter(limiter: Limiter): Limiter {
  return {
    points: limiter.points,
    consume: (...options) => timed(limiter.consume(...options)),
    reward: (...options) => timed(limiter.reward(...options)),
    get: (...options) => timed(limiter.get(...options)),
    set: (...options) => timed(limiter.set(...options)),
    delete: (...options) => timed(limiter.delete(...options)),
  };
}

function timed<T>(answer: Promise<T>): Promise<T> {
  return withinTime(STORE_LIMIT_MS, answer);
}
