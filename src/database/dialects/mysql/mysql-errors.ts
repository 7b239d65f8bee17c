import type { DriverErrors } from '../driver-errors.js';

const DUPLICATE_KEY = 1062;

/** The engine undid the work, or did not begin it, and the whole transaction can be repeated. */
const REPEATABLE_ERRNOS: ReadonlySet<number> = new Set([
  1020, // ER_CHECKREAD: another transaction changed the row first, under innodb_snapshot_isolation
  1047, // ER_UNKNOWN_COM_ERROR: a Galera node that is not ready
  1205, // ER_LOCK_WAIT_TIMEOUT: undoes the statement only; the caller rolls the transaction back
  1213, // ER_LOCK_DEADLOCK, also a Galera certification failure
  1412, // ER_TABLE_DEF_CHANGED
  1613, // ER_XA_RBTIMEOUT
  1614, // ER_XA_RBDEADLOCK
  1689, // ER_LOCK_ABORTED
  3101, // ER_TRANSACTION_ROLLBACK_DURING_COMMIT: group replication
]);

/** The server ends the connection with this error, or a proxy has lost its connection to the server. */
const LOST_ERRNOS: ReadonlySet<number> = new Set([
  1053, // ER_SERVER_SHUTDOWN
  1077, // ER_NORMAL_SHUTDOWN
  1079, // ER_SHUTDOWN_COMPLETE
  1080, // ER_FORCING_CLOSE
  1152, // ER_ABORTING_CONNECTION
  1158, // ER_NET_READ_ERROR
  1159, // ER_NET_READ_INTERRUPTED
  1160, // ER_NET_ERROR_ON_WRITE
  1161, // ER_NET_WRITE_INTERRUPTED
  1184, // ER_NEW_ABORTING_CONNECTION
  1927, // ER_CONNECTION_KILLED of MariaDB
  2002, // CR_CONNECTION_ERROR
  2003, // CR_CONN_HOST_ERROR
  2005, // CR_UNKNOWN_HOST
  2006, // CR_SERVER_GONE_ERROR
  2013, // CR_SERVER_LOST
  2055, // CR_SERVER_LOST_EXTENDED
  3169, // ER_SESSION_WAS_KILLED of MySQL
  4031, // ER_CLIENT_INTERACTION_TIMEOUT of MySQL
]);

/**
 * The server does not begin the work. Like those in the next list, these errors are not the request's fault and do not
 * last: they end by themselves or after an operator's action. Selected from MySQL's and MariaDB's lists of errors.
 */
const REFUSED_ERRNOS: ReadonlySet<number> = new Set([
  // No connection or no access: limits of server, user and host, and credentials and rights that were changed.
  1040, // ER_CON_COUNT_ERROR
  1042, // ER_BAD_HOST_ERROR
  1043, // ER_HANDSHAKE_ERROR
  1044, // ER_DBACCESS_DENIED_ERROR
  1045, // ER_ACCESS_DENIED_ERROR
  1049, // ER_BAD_DB_ERROR: it is being restored
  1129, // ER_HOST_IS_BLOCKED
  1130, // ER_HOST_NOT_PRIVILEGED
  1135, // ER_CANT_CREATE_THREAD
  1142, // ER_TABLEACCESS_DENIED_ERROR
  1143, // ER_COLUMNACCESS_DENIED_ERROR
  1203, // ER_TOO_MANY_USER_CONNECTIONS
  1226, // ER_USER_LIMIT_REACHED
  1227, // ER_SPECIFIC_ACCESS_DENIED_ERROR
  1251, // ER_NOT_SUPPORTED_AUTH_MODE
  1698, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
  1820, // ER_MUST_CHANGE_PASSWORD
  1862, // ER_MUST_CHANGE_PASSWORD_LOGIN
  1873, // ER_ACCESS_DENIED_CHANGE_USER_ERROR
  3032, // ER_SERVER_OFFLINE_MODE
  3118, // ER_ACCOUNT_HAS_BEEN_LOCKED of MySQL
  3159, // ER_SECURE_TRANSPORT_REQUIRED
  3168, // ER_SERVER_ISNT_AVAILABLE
  3955, // ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK
  4151, // ER_ACCOUNT_HAS_BEEN_LOCKED of MariaDB
  9001, // ProxySQL: no connection to a server within its time limit
  // Read-only: a replica, a switch-over, a file system that has seen a fault.
  1036, // ER_OPEN_AS_READONLY
  1290, // ER_OPTION_PREVENTS_STATEMENT
  1792, // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
  1836, // ER_READ_ONLY_MODE
  1874, // ER_INNODB_READ_ONLY
  3989, // ER_SCHEMA_READ_ONLY
]);

/** The server began the work and aborted it. */
const GIVEN_UP_ERRNOS: ReadonlySet<number> = new Set([
  // A time limit, or an administrator who ended the statement.
  1028, // ER_FILSORT_ABORT
  1317, // ER_QUERY_INTERRUPTED
  1969, // ER_STATEMENT_TIMEOUT of MariaDB
  3024, // ER_QUERY_TIMEOUT of MySQL
  3572, // ER_LOCK_NOWAIT
  // Exhausted resources: disk, memory, threads, locks, prepared statements.
  1021, // ER_DISK_FULL
  1026, // ER_ERROR_ON_WRITE
  1037, // ER_OUTOFMEMORY
  1038, // ER_OUT_OF_SORTMEMORY
  1041, // ER_OUT_OF_RESOURCES
  1114, // ER_RECORD_FILE_FULL
  1206, // ER_LOCK_TABLE_FULL
  1297, // ER_GET_TEMPORARY_ERRMSG
  1461, // ER_MAX_PREPARED_STMT_COUNT_REACHED
  1637, // ER_TOO_MANY_CONCURRENT_TRXS
  1878, // ER_TEMP_FILE_WRITE_FAILURE
  3015, // ER_ENGINE_OUT_OF_MEMORY
  3019, // ER_INNODB_UNDO_LOG_FULL
  3675, // ER_DISK_FULL_NOWAIT
  3985, // ER_MDL_OUT_OF_RESOURCES
  // A file that cannot be read or written, until it is repaired.
  1004, // ER_CANT_CREATE_FILE: no space for a temporary file
  1015, // ER_CANT_LOCK
  1016, // ER_CANT_OPEN_FILE
  1023, // ER_ERROR_ON_CLOSE
  1024, // ER_ERROR_ON_READ
  1030, // ER_GET_ERRNO: an error of the engine or its file system
  1034, // ER_NOT_KEYFILE
  1180, // ER_ERROR_DURING_COMMIT
  1181, // ER_ERROR_DURING_ROLLBACK
  1194, // ER_CRASHED_ON_USAGE
  1195, // ER_CRASHED_ON_REPAIR
  1932, // ER_NO_SUCH_TABLE_IN_ENGINE of MariaDB
  3000, // ER_FILE_CORRUPT
]);

const LOST_CODES: ReadonlySet<string> = new Set(['PROTOCOL_CONNECTION_LOST', 'POOL_CLOSED']);

/** Errors of mysql2's pool that have no code: it was closed, or has no free connection and a full queue. */
const POOL_MESSAGES: ReadonlySet<string> = new Set([
  'Pool is closed.',
  'No connections available.',
  'Queue limit reached.',
]);

/** Errors of mysql2 for MySQL and MariaDB. */
export const MYSQL_ERRORS: DriverErrors = {
  isUniqueViolation: ({ errno }) => errno === DUPLICATE_KEY,
  isRepeatable: ({ errno }) => isIn(REPEATABLE_ERRNOS, errno),
  isConnectionLoss: ({ code, errno, fatal, message }) =>
    fatal === true ||
    isIn(LOST_ERRNOS, errno) ||
    LOST_CODES.has(code ?? '') ||
    (code === undefined && POOL_MESSAGES.has(message ?? '')),
  isRefused: ({ errno }) => isIn(REFUSED_ERRNOS, errno),
  isGivenUp: ({ errno }) => isIn(GIVEN_UP_ERRNOS, errno),
};

function isIn(errnos: ReadonlySet<number>, errno: number | undefined): boolean {
  return errno !== undefined && errnos.has(errno);
}
