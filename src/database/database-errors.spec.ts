import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { driverError } from '../../test/support/data-source.js';
import {
  DatabaseTimeoutError,
  isConnectionLoss,
  isRepeatable,
  isUnavailable,
  isUniqueViolation,
} from './database-errors.js';

const verdict = (error: unknown) => ({
  repeat: isRepeatable(error),
  lost: isConnectionLoss(error),
  unavailable: isUnavailable(error),
  unique: isUniqueViolation(error),
});

const NONE = { repeat: false, lost: false, unavailable: false, unique: false };
const REPEAT = { ...NONE, repeat: true, unavailable: true };
const LOST = { ...NONE, lost: true, unavailable: true };
const UNAVAILABLE = { ...NONE, unavailable: true };
const UNIQUE = { ...NONE, unique: true };

describe('what an error of the database means', () => {
  it.each([
    ['ER_LOCK_DEADLOCK', 1213, false, REPEAT],
    ['ER_LOCK_WAIT_TIMEOUT', 1205, false, REPEAT],
    ['ER_UNKNOWN_COM_ERROR', 1047, false, REPEAT],
    ['SQLITE_BUSY', undefined, false, REPEAT],
    ['SQLITE_BUSY_SNAPSHOT', undefined, false, REPEAT],
    ['PROTOCOL_CONNECTION_LOST', undefined, true, LOST],
    ['PROTOCOL_SEQUENCE_TIMEOUT', undefined, true, LOST],
    ['ECONNREFUSED', undefined, true, LOST],
    ['ECONNRESET', undefined, false, LOST],
    ['ETIMEDOUT', undefined, true, LOST],
    ['ENOTFOUND', undefined, false, LOST],
    ['EPIPE', undefined, false, LOST],
    ['ER_SERVER_SHUTDOWN', 1053, false, LOST],
    ['ER_CONNECTION_KILLED', 1927, false, LOST],
    ['ER_CON_COUNT_ERROR', 1040, false, UNAVAILABLE],
    ['ER_OPTION_PREVENTS_STATEMENT', 1290, false, UNAVAILABLE],
    ['SQLITE_FULL', undefined, false, UNAVAILABLE],
    ['SQLITE_IOERR_WRITE', undefined, false, UNAVAILABLE],
    ['SQLITE_READONLY', undefined, false, UNAVAILABLE],
    ['SQLITE_CANTOPEN', undefined, false, UNAVAILABLE],
    ['ER_DUP_ENTRY', 1062, false, UNIQUE],
    ['SQLITE_CONSTRAINT_UNIQUE', undefined, false, UNIQUE],
    ['SQLITE_CONSTRAINT_PRIMARYKEY', undefined, false, UNIQUE],
    ['SQLITE_CONSTRAINT_FOREIGNKEY', undefined, false, NONE],
    ['SQLITE_CONSTRAINT_NOTNULL', undefined, false, NONE],
    ['SQLITE_ERROR', undefined, false, NONE],
    ['ER_NO_REFERENCED_ROW_2', 1452, false, NONE],
    ['ER_DATA_TOO_LONG', 1406, false, NONE],
    ['ER_PARSE_ERROR', 1064, false, NONE],
  ])('%s (S-174, S-179)', (code, errno, fatal, expected) => {
    const error = driverError(code, { ...(errno === undefined ? {} : { errno }), fatal });
    expect(verdict(error)).toEqual(expected);
    expect(verdict(new QueryFailedError('SELECT', [], error))).toEqual(expected);
  });

  it('takes silence for a lost connection', () => {
    expect(verdict(new DatabaseTimeoutError())).toEqual(LOST);
  });

  it.each([undefined, null, '', 'PROTOCOL_CONNECTION_LOST', 1213, {}, new Error('SQLITE_BUSY')])(
    'takes %p for none of these',
    (error) => {
      expect(verdict(error)).toEqual(NONE);
    },
  );
});
