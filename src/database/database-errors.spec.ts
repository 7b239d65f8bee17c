import { describe, expect, it } from '@jest/globals';
import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { driverError } from '../../test/support/data-source.js';
import {
  DatabaseTimeoutError,
  isConnectionLoss,
  isRepeatable,
  isUnavailable,
  isUniqueViolation,
  mayHaveCommitted,
} from './database-errors.js';

const verdict = (error: unknown) => ({
  repeat: isRepeatable(error),
  lost: isConnectionLoss(error),
  unavailable: isUnavailable(error),
  unique: isUniqueViolation(error),
  unknown: mayHaveCommitted(error),
});

const NONE = { repeat: false, lost: false, unavailable: false, unique: false, unknown: false };
const REPEAT = { ...NONE, repeat: true, unavailable: true };
const LOST = { ...NONE, lost: true, unavailable: true, unknown: true };
/** The server did not begin the work. */
const REFUSED = { ...NONE, unavailable: true };
/** The server began the work and undid it, unless it was a commit. */
const GIVEN_UP = { ...NONE, unavailable: true, unknown: true };
const UNIQUE = { ...NONE, unique: true };

describe('classification of database errors', () => {
  it.each([
    ['40001 serialization_failure', REPEAT],
    ['40P01 deadlock_detected', REPEAT],
    ['55P03 lock_not_available', REPEAT],
    ['08000 connection_exception', LOST],
    ['08001 sqlclient_unable_to_establish_sqlconnection', LOST],
    ['08006 connection_failure', LOST],
    ['08P01 protocol_violation', LOST],
    ['25006 read_only_sql_transaction', LOST],
    ['25P03 idle_in_transaction_session_timeout', LOST],
    ['25P04 transaction_timeout', LOST],
    ['40003 statement_completion_unknown', LOST],
    ['57P01 admin_shutdown', LOST],
    ['57P02 crash_shutdown', LOST],
    ['57P03 cannot_connect_now', LOST],
    ['57P04 database_dropped', LOST],
    ['57P05 idle_session_timeout', LOST],
    ['28000 invalid_authorization_specification', REFUSED],
    ['28P01 invalid_password', REFUSED],
    ['3D000 invalid_catalog_name', REFUSED],
    ['42501 insufficient_privilege', REFUSED],
    ['53300 too_many_connections', REFUSED],
    ['55000 object_not_in_prerequisite_state', REFUSED],
    ['53000 insufficient_resources', GIVEN_UP],
    ['53100 disk_full', GIVEN_UP],
    ['53200 out_of_memory', GIVEN_UP],
    ['53400 configuration_limit_exceeded', GIVEN_UP],
    ['57000 operator_intervention', GIVEN_UP],
    ['57014 query_canceled', GIVEN_UP],
    ['58000 system_error', GIVEN_UP],
    ['58030 io_error', GIVEN_UP],
    ['58P01 undefined_file', GIVEN_UP],
    ['XX001 data_corrupted', GIVEN_UP],
    ['XX002 index_corrupted', GIVEN_UP],
    ['23505 unique_violation', UNIQUE],
    ['23502 not_null_violation', NONE],
    ['23503 foreign_key_violation', NONE],
    ['22001 string_data_right_truncation', NONE],
    ['22021 character_not_in_repertoire', NONE],
    ['25P02 in_failed_sql_transaction', NONE],
    ['42601 syntax_error', NONE],
    ['42P01 undefined_table', NONE],
    ['XX000 internal_error', NONE],
  ])('PostgreSQL: %s (S-174, S-179, S-204)', (name, expected) => {
    const [code = ''] = name.split(' ');
    const error = driverError(code);
    expect(verdict(error)).toEqual(expected);
    expect(verdict(new QueryFailedError('', [], error))).toEqual(expected);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'Query read timeout',
    'The server does not support SSL connections',
  ])('PostgreSQL, an error without a code: %s (S-204)', (message) => {
    expect(verdict(new Error(message))).toEqual(LOST);
  });

  it('takes every error with which PostgreSQL ends the connection for a lost one (S-204)', () => {
    const error = Object.assign(driverError('XX000'), { severity: 'FATAL' });
    expect(verdict(error)).toEqual(LOST);
  });

  it.each([new QueryRunnerAlreadyReleasedError(), new QueryRunnerProviderAlreadyReleasedError()])(
    'takes a query runner that TypeORM has released for a lost connection: $name (S-204)',
    (error) => {
      expect(verdict(error)).toEqual(LOST);
    },
  );

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
    ['ECONNABORTED', undefined, false, LOST],
    ['EADDRNOTAVAIL', undefined, false, LOST],
    ['EPROTO', undefined, false, LOST],
    ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, false, LOST],
    ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, false, LOST],
    ['CERT_HAS_EXPIRED', undefined, false, LOST],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, false, LOST],
    ['SELF_SIGNED_CERT_IN_CHAIN', undefined, false, LOST],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, false, LOST],
    ['EMFILE', undefined, false, LOST],
    ['SQLITE_PROTOCOL', undefined, false, REPEAT],
    ['SQLITE_LOCKED', undefined, false, GIVEN_UP],
    ['SQLITE_FULL', undefined, false, GIVEN_UP],
    ['SQLITE_IOERR_WRITE', undefined, false, GIVEN_UP],
    ['SQLITE_READONLY', undefined, false, GIVEN_UP],
    ['SQLITE_CANTOPEN', undefined, false, GIVEN_UP],
    ['SQLITE_NOMEM', undefined, false, GIVEN_UP],
    ['SQLITE_INTERRUPT', undefined, false, GIVEN_UP],
    ['SQLITE_CORRUPT_VTAB', undefined, false, GIVEN_UP],
    ['SQLITE_NOTADB', undefined, false, GIVEN_UP],
    ['SQLITE_NOLFS', undefined, false, GIVEN_UP],
    ['SQLITE_PERM', undefined, false, GIVEN_UP],
    ['SQLITE_TOOBIG', undefined, false, NONE],
    ['SQLITE_MISUSE', undefined, false, NONE],
    ['ER_DUP_ENTRY', 1062, false, UNIQUE],
    ['SQLITE_CONSTRAINT_UNIQUE', undefined, false, UNIQUE],
    ['SQLITE_CONSTRAINT_PRIMARYKEY', undefined, false, UNIQUE],
    ['SQLITE_CONSTRAINT_FOREIGNKEY', undefined, false, NONE],
    ['SQLITE_CONSTRAINT_NOTNULL', undefined, false, NONE],
    ['SQLITE_ERROR', undefined, false, NONE],
    ['ER_NO_REFERENCED_ROW_2', 1452, false, NONE],
    ['ER_DATA_TOO_LONG', 1406, false, NONE],
    ['ER_PARSE_ERROR', 1064, false, NONE],
    ['ER_NO_SUCH_TABLE', 1146, false, NONE],
    ['ER_BAD_FIELD_ERROR', 1054, false, NONE],
    ['ER_NET_PACKET_TOO_LARGE', 1153, false, NONE],
    ['ER_WARN_DATA_OUT_OF_RANGE', 1264, false, NONE],
    ['ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 1366, false, NONE],
    ['ER_SIGNAL_EXCEPTION', 1644, false, NONE],
    ['ER_CONSTRAINT_FAILED', 4025, false, NONE],
  ])('%s (S-174, S-179)', (code, errno, fatal, expected) => {
    const error = driverError(code, { ...(errno === undefined ? {} : { errno }), fatal });
    expect(verdict(error)).toEqual(expected);
    expect(verdict(new QueryFailedError('SELECT', [], error))).toEqual(expected);
  });

  it.each([
    [[1020, 1412, 1613, 1614, 1689, 3101], REPEAT],
    [[1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 3169, 4031], LOST],
    [[2002, 2003, 2005, 2006, 2013, 2055], LOST],
    [[1040, 1042, 1043, 1129, 1130, 1135, 1203, 1226, 3032, 3168, 9001], REFUSED],
    [[1044, 1045, 1049, 1142, 1143, 1227, 1251, 1698, 1820, 1862, 1873], REFUSED],
    [[3118, 3159, 3955, 4151], REFUSED],
    [[1036, 1290, 1792, 1836, 1874, 3989], REFUSED],
    [[1028, 1317, 1969, 3024, 3572], GIVEN_UP],
    [[1021, 1026, 1037, 1038, 1041, 1114, 1206, 1297, 1461, 1637], GIVEN_UP],
    [[1878, 3015, 3019, 3675, 3985], GIVEN_UP],
    [[1004, 1015, 1016, 1023, 1024, 1030, 1034, 1180, 1181, 1194, 1195, 1932, 3000], GIVEN_UP],
  ])('%j (S-204)', (errnos, expected) => {
    for (const errno of errnos) {
      const verdicts = verdict(driverError(`errno ${errno}`, { errno }));
      expect({ errno, ...verdicts }).toEqual({ errno, ...expected });
    }
  });

  it.each(['Pool is closed.', 'No connections available.', 'Queue limit reached.'])(
    'treats the pool error "%s" as a lost connection (S-204)',
    (message) => {
      expect(verdict(new Error(message))).toEqual(LOST);
    },
  );

  it('treats a time-out as a lost connection', () => {
    expect(verdict(new DatabaseTimeoutError())).toEqual(LOST);
  });

  it.each([undefined, null, '', 'PROTOCOL_CONNECTION_LOST', 1213, {}, new Error('SQLITE_BUSY')])(
    'treats %p as none of these',
    (error) => {
      expect(verdict(error)).toEqual(NONE);
    },
  );
});
