import { fileReason } from '../config/files.js';

const NOT_LISTENING = 'nothing listens there: check host and port, and whether the server runs';
const UNREACHABLE = 'the host does not answer: check host, port and network';
const UNKNOWN_HOST = 'the host is unknown: check its name';
const NO_RIGHT = 'GRANT the user all rights on this database';
const TLS = 'TLS failed: check DATABASE_TLS and DATABASE_CA_FILE';
const READ_ONLY = 'the file cannot be written: check its owner, mode and file system';

/** What an operator can do, by the code of a driver's error. */
const REMEDIES: Readonly<Record<string, string>> = {
  EAI_AGAIN: UNKNOWN_HOST,
  ECONNREFUSED: NOT_LISTENING,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOTFOUND: UNKNOWN_HOST,
  ETIMEDOUT: UNREACHABLE,
  ER_ACCESS_DENIED_ERROR: 'the server refuses the user or the password',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'the server refuses the user or the password',
  ER_BAD_DB_ERROR: 'the server has no such database: CREATE DATABASE … CHARACTER SET utf8mb4',
  ER_DBACCESS_DENIED_ERROR: NO_RIGHT,
  ER_SPECIFIC_ACCESS_DENIED_ERROR: NO_RIGHT,
  ER_TABLEACCESS_DENIED_ERROR: NO_RIGHT,
  ER_OPTION_PREVENTS_STATEMENT: 'the server is read-only: name the primary',
  HANDSHAKE_NO_SSL_SUPPORT: 'the server offers no TLS: DATABASE_TLS=off connects without it',
  HANDSHAKE_SSL_ERROR: TLS,
  CERT_HAS_EXPIRED: TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: TLS,
  SELF_SIGNED_CERT_IN_CHAIN: TLS,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: TLS,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: TLS,
  SQLITE_CANTOPEN: READ_ONLY,
  SQLITE_CORRUPT: 'the file is damaged: restore it from a backup',
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOTADB: 'the file is no SQLite database',
  SQLITE_READONLY: READ_ONLY,
  SQLITE_READONLY_DIRECTORY: READ_ONLY,
};

/** What an operator can do about a fault of the database; `undefined` for one that nobody expects. */
export function databaseRemedy(error: unknown): string | undefined {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  const remedy = code === undefined ? undefined : REMEDIES[code];
  if (remedy !== undefined) {
    const [denied] = /[A-Z]+ command denied/.exec(message) ?? [];
    return denied === undefined ? remedy : `${denied}, ${remedy}`;
  }
  if (syscall === 'mkdir') return `its folder ${fileReason(error)}`;
  return syscall === 'open' ? `the file ${fileReason(error)}` : undefined;
}
