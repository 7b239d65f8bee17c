import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engines/engine.js';
import { isTransient } from './transient-errors.js';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 1_000;
const LOG_INTERVAL_MS = 10_000;

/**
 * Connects, and tries again for some time while the error may be temporary.
 *
 * @param seconds 0: tries once
 * @throws the last error of `connect`
 */
export async function connectWithin(
  seconds: number,
  engine: Pick<Engine, 'isTransient'>,
  connect: () => Promise<void>,
): Promise<void> {
  const logger = new Logger('Database');
  const until = performance.now() + seconds * 1000;
  let loggedAt = -Infinity;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    try {
      return await connect();
    } catch (error) {
      const left = until - performance.now();
      if (left <= 0 || !isTransient(error, engine)) throw error;
      if (performance.now() - loggedAt >= LOG_INTERVAL_MS) {
        loggedAt = performance.now();
        const { code, message } = error as NodeJS.ErrnoException;
        const reason = code ?? message;
        logger.warn(
          `The database cannot be used yet (${reason}): waits ${Math.ceil(left / 1000)} s`,
        );
      }
      await sleep(Math.min(pause, left));
    }
  }
}
