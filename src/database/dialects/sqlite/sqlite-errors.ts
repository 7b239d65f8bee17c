import type { DriverErrors } from '../driver-errors.js';

/** Another process holds the file's lock, or was changing the locking protocol; nothing was done. */
const REPEATABLE = /^SQLITE_(BUSY|PROTOCOL)/;

/** Locks, disk space, memory, rights, and a file that is broken until it is restored. */
const UNAVAILABLE =
  /^SQLITE_(BUSY|CANTOPEN|CORRUPT|FULL|INTERRUPT|IOERR|LOCKED|NOLFS|NOMEM|NOTADB|PERM|PROTOCOL|READONLY)/;

/** Errors of better-sqlite3. */
export const SQLITE_ERRORS: DriverErrors = {
  isUniqueViolation: ({ code }) =>
    code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY',
  isRepeatable: ({ code = '' }) => REPEATABLE.test(code),
  // There is no connection that could break.
  isConnectionLoss: () => false,
  isRefused: ({ code = '' }) => REPEATABLE.test(code),
  isGivenUp: ({ code = '' }) => UNAVAILABLE.test(code) && !REPEATABLE.test(code),
};
