import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import type { DriverError, DriverErrors } from './dialects/driver-errors.js';
import { MYSQL_ERRORS } from './dialects/mysql/mysql-errors.js';
import { POSTGRES_ERRORS } from './dialects/postgres/postgres-errors.js';
import { SQLITE_ERRORS } from './dialects/sqlite/sqlite-errors.js';

/** Asked one after another, because an error alone does not say which engine it comes from. */
const ENGINES: readonly DriverErrors[] = [SQLITE_ERRORS, MYSQL_ERRORS, POSTGRES_ERRORS];

/** Codes of Node for connections, of every engine's driver. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
]);

/** Codes of Node for TLS: a certificate that expired, or that another server presents after a failover. */
const TLS_CODES = /^(CERT_|CRL_|DEPTH_ZERO_|EPROTO$|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/;

/** No answer came within the limit, so the outcome of the statement is unknown. */
export class DatabaseTimeoutError extends Error {
  override readonly name = 'DatabaseTimeoutError';
}

export function isUniqueViolation(error: unknown): boolean {
  return any('isUniqueViolation', error);
}

/** Whether the engine undid the work, so that the whole transaction can be repeated (S-174). */
export function isRepeatable(error: unknown): boolean {
  return any('isRepeatable', error);
}

/** Whether the connection broke or was never established, so that the outcome of a sent statement is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  return (
    error instanceof DatabaseTimeoutError ||
    // TypeORM releases a runner of PostgreSQL whose connection breaks between two statements. The next one then fails
    // with the first error if it comes from a query builder, and with the second if it is plain SQL.
    error instanceof QueryRunnerAlreadyReleasedError ||
    error instanceof QueryRunnerProviderAlreadyReleasedError ||
    CONNECTION_CODES.has(driverError(error).code ?? '') ||
    TLS_CODES.test(driverError(error).code ?? '') ||
    any('isConnectionLoss', error)
  );
}

/** Whether the database cannot do its work now and a later attempt may succeed (S-204). */
export function isUnavailable(error: unknown): boolean {
  return (
    isConnectionLoss(error) ||
    isRepeatable(error) ||
    any('isRefused', error) ||
    any('isGivenUp', error)
  );
}

/**
 * Whether a COMMIT, or a statement that commits by itself, may have succeeded in spite of this error. A statement that
 * the engine aborted is undone, but an aborted COMMIT may have happened.
 */
export function mayHaveCommitted(error: unknown): boolean {
  return isConnectionLoss(error) || any('isGivenUp', error);
}

function any(question: keyof DriverErrors, error: unknown): boolean {
  const inner = driverError(error);
  return ENGINES.some((errors) => errors[question](inner));
}

function driverError(error: unknown): DriverError {
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return typeof inner === 'object' && inner !== null ? inner : {};
}
