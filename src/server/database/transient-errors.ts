import type { Engine } from './engines/engine.js';

/** The server does not listen yet, its name cannot be resolved yet, or a proxy before the database is starting. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Whether waiting may help. It does not help against a wrong password or a database that does not exist. */
export function isTransient(error: unknown, engine: Pick<Engine, 'isTransient'>): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return (
    TRANSIENT_CODES.has(code) ||
    // The server has not created its Unix socket yet.
    (code === 'ENOENT' && syscall === 'connect') ||
    engine.isTransient(error as NodeJS.ErrnoException)
  );
}
