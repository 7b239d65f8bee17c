import { QueryFailedError } from 'typeorm';

/** mysql2 and better-sqlite3 errors, as far as they are looked at. */
interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly fatal?: boolean;
}

const DUPLICATE_KEY = 1062;

/** Deadlock (also a Galera certification failure), lock wait timeout, Galera node not ready. */
const REPEATABLE_ERRNOS: ReadonlySet<number> = new Set([1213, 1205, 1047]);

/** Server shutting down, too many connections, disk full, connection killed, read-only server. */
const UNAVAILABLE_ERRNOS: ReadonlySet<number> = new Set([1021, 1040, 1053, 1290, 1836, 1927]);

const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'POOL_CLOSED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);

const UNAVAILABLE_SQLITE = /^SQLITE_(BUSY|CANTOPEN|FULL|IOERR|LOCKED|READONLY)/;

/** No answer came within the limit: nobody knows what became of the statement. */
export class DatabaseTimeoutError extends Error {
  override readonly name = 'DatabaseTimeoutError';
}

export function isUniqueViolation(error: unknown): boolean {
  const { code, errno } = driverError(error);
  return (
    errno === DUPLICATE_KEY ||
    code === 'SQLITE_CONSTRAINT_UNIQUE' ||
    code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
  );
}

/** The engine undid the work and asks for it to be tried again as a whole (S-174). */
export function isRepeatable(error: unknown): boolean {
  const { code, errno } = driverError(error);
  return (
    (errno !== undefined && REPEATABLE_ERRNOS.has(errno)) ||
    code?.startsWith('SQLITE_BUSY') === true
  );
}

/** The connection broke or never stood, so the outcome of what was sent is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof DatabaseTimeoutError) return true;
  const { code, errno, fatal } = driverError(error);
  return fatal === true || errno === 1053 || errno === 1927 || CONNECTION_CODES.has(code ?? '');
}

/** The database cannot do its work now; trying later may help. */
export function isUnavailable(error: unknown): boolean {
  const { code, errno } = driverError(error);
  return (
    isConnectionLoss(error) ||
    isRepeatable(error) ||
    (errno !== undefined && UNAVAILABLE_ERRNOS.has(errno)) ||
    UNAVAILABLE_SQLITE.test(code ?? '')
  );
}

function driverError(error: unknown): DriverError {
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return typeof inner === 'object' && inner !== null ? inner : {};
}
