/** The server does not listen yet, its name cannot be resolved yet, or a proxy before the database is starting. */
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
  const { code = '', errno } = error as NodeJS.ErrnoException;
  return PASSING_CODES.has(code) || PASSING_ERRNOS.has(errno) || PASSING_SQLITE.test(code);
}
