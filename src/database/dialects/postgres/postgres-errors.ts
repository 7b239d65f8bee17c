import type { DriverErrors } from '../driver-errors.js';

const UNIQUE_VIOLATION = '23505';

/** A lock that was not given in time aborts the transaction, like a deadlock. */
const REPEATABLE: ReadonlySet<string> = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
]);

/**
 * The server ends the connection with this error. Class 08 is "connection exception"; PgBouncer uses 08P01 for every
 * fault between it and the server.
 */
const LOST = /^08/;
const LOST_CODES: ReadonlySet<string> = new Set([
  '25006', // read_only_sql_transaction: a primary that became a standby keeps its connections
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '40003', // statement_completion_unknown
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P04', // database_dropped
  '57P05', // idle_session_timeout
]);

/** No connection or no access: limits, credentials and rights that were changed. */
const REFUSED: ReadonlySet<string> = new Set([
  '28000', // invalid_authorization_specification
  '28P01', // invalid_password
  '3D000', // invalid_catalog_name: it is being restored
  '42501', // insufficient_privilege
  '53300', // too_many_connections
  '55000', // object_not_in_prerequisite_state: the database accepts no connections
]);

/** Class 53 is "insufficient resources", 58 "system error", XX "internal error" such as data corrupted on disk. */
const GIVEN_UP = /^(53(?!300)|58|XX00[12])/;
const GIVEN_UP_CODES: ReadonlySet<string> = new Set([
  '57000', // operator_intervention
  '57014', // query_canceled: by a time limit or an administrator
]);

/** Errors of pg and its pool that have no code. */
const LOST_MESSAGES =
  /^(Connection terminated|timeout (exceeded|expired)|Client has encountered a connection error|Client was closed|Cannot use a pool after|Query read timeout|The server does not support SSL|There was an error establishing an SSL|SASL: |channel_binding=)/;
/** With these the server ends the connection, whatever the code is. */
const FATAL: ReadonlySet<string> = new Set(['FATAL', 'PANIC']);

/** Errors of pg for PostgreSQL; their codes are those of SQL's SQLSTATE. */
export const POSTGRES_ERRORS: DriverErrors = {
  isUniqueViolation: ({ code }) => code === UNIQUE_VIOLATION,
  isRepeatable: ({ code = '' }) => REPEATABLE.has(code),
  isConnectionLoss: ({ code, message = '', severity = '' }) =>
    code === undefined
      ? LOST_MESSAGES.test(message)
      : isState(code) && (isLost(code) || FATAL.has(severity)),
  isRefused: ({ code = '' }) => REFUSED.has(code),
  isGivenUp: ({ code = '' }) => isState(code) && (GIVEN_UP.test(code) || GIVEN_UP_CODES.has(code)),
};

function isLost(code: string): boolean {
  return LOST.test(code) || LOST_CODES.has(code);
}

/** Other drivers' codes are words. */
function isState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code);
}
