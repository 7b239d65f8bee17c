import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 1_000;
const LOG_INTERVAL_MS = 10_000;

/** Nobody listens yet, the name is not known yet, or something between us and the database is starting. */
const PASSING_CODES: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
]);

/**
 * Too many connections (of all, of this user, in this hour), Galera node not ready, server shutting down, broken
 * packets, connection killed, offline mode.
 */
const PASSING_ERRNOS: ReadonlySet<unknown> = new Set([
  1040, 1203, 1226, 1047, 1053, 1158, 1159, 1160, 1161, 1927, 3032,
]);

const PASSING_SQLITE = /^SQLITE_(BUSY|LOCKED|PROTOCOL)/;

/** Whether waiting may help. It does not help against a wrong password or a database that does not exist. */
export function mayPass(error: unknown): boolean {
  const { code, errno } = error as { readonly code?: unknown; readonly errno?: unknown };
  return (
    PASSING_CODES.has(code) || PASSING_ERRNOS.has(errno) || PASSING_SQLITE.test(String(code ?? ''))
  );
}

/**
 * Connects, and tries again for some time as long as that may help.
 *
 * @param seconds 0: tries once
 * @throws what `connect` threw last
 */
export async function connectWithin(seconds: number, connect: () => Promise<void>): Promise<void> {
  const logger = new Logger('Database');
  const until = performance.now() + seconds * 1000;
  let loggedAt = -Infinity;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    try {
      return await connect();
    } catch (error) {
      const left = until - performance.now();
      if (left <= 0 || !mayPass(error)) throw error;
      if (performance.now() - loggedAt >= LOG_INTERVAL_MS) {
        loggedAt = performance.now();
        const { code } = error as NodeJS.ErrnoException;
        logger.warn(`The database cannot be used yet (${code}): waits ${Math.ceil(left / 1000)} s`);
      }
      await sleep(Math.min(pause, left));
    }
  }
}
