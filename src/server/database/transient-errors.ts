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
  'PROTOCOL_CONNECTION_LOST',
]);

/**
 * Too many connections (of all, of this user, in this hour), Galera node not ready, server shutting down, broken
 * packets, connection killed, offline mode.
 */
const TRANSIENT_ERRNOS: ReadonlySet<unknown> = new Set([
  1040, 1203, 1226, 1047, 1053, 1158, 1159, 1160, 1161, 1927, 3032,
]);

const TRANSIENT_SQLITE = /^SQLITE_(BUSY|LOCKED|PROTOCOL)/;

/** Whether waiting may help. It does not help against a wrong password or a database that does not exist. */
export function isTransient(error: unknown): boolean {
  const { code = '', errno } = error as NodeJS.ErrnoException;
  return TRANSIENT_CODES.has(code) || TRANSIENT_ERRNOS.has(errno) || TRANSIENT_SQLITE.test(code);
}
