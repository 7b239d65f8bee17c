import { isIP } from 'node:net';

interface SqliteFile {
  readonly type: 'better-sqlite3';
  readonly file: string;
}

/** A MySQL or MariaDB server and one of its databases. */
export interface ServerAddress {
  readonly type: 'mysql' | 'mariadb';
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Unix socket in place of host and port. */
  readonly socketPath: string | undefined;
}

const FORM =
  'must be sqlite:<file> or mysql://<user>:<password>@<host>:<port>/<database>, with special characters percent-encoded';
const DEFAULT_PORT = 3306;

/**
 * Reads a database URL. TypeORM's own reader takes no IPv6 address and drops the parameters.
 *
 * @throws Error that says what is wrong and never repeats a part of the URL, which may hold a password
 */
export function parseDatabaseUrl(url: string): SqliteFile | ServerAddress {
  return url.startsWith('sqlite:') ? sqliteFile(url.slice('sqlite:'.length)) : serverAddress(url);
}

function sqliteFile(file: string): SqliteFile {
  if (file === '' || file.startsWith('//') || file.startsWith(':memory:')) throw new Error(FORM);
  if (/\?|^file:|^~|^\s|\s$|[\p{Cc}\p{Cf}]/u.test(file)) {
    throw new Error('must name the SQLite file by its plain path, without ~ and parameters');
  }
  return { type: 'better-sqlite3', file };
}

function serverAddress(text: string): ServerAddress {
  const [, type] = /^(mysql|mariadb):\/\/./.exec(text) ?? [];
  if (type === undefined || !URL.canParse(text)) throw new Error(FORM);
  const url = new URL(text);
  const database = url.pathname.slice(1);
  // A password with one of these characters ends the part of the URL that it stands in.
  if (/[\s#]/.test(text) || /[/@]/.test(database)) {
    throw new Error('must percent-encode each #, /, ?, @ and blank in user, password and database');
  }
  if (database === '' || url.hostname === '' || url.port === '0') throw new Error(FORM);
  return {
    type: type as 'mysql' | 'mariadb',
    host: hostOf(url),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    username: decoded(url.username),
    password: decoded(url.password),
    database: decoded(database),
    socketPath: socketPathOf(url),
  };
}

function hostOf({ hostname }: URL): string {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 || /^[\w.-]+$/.test(host)) return host;
  throw new Error('must name the host by its name or IP address');
}

function socketPathOf({ searchParams }: URL): string | undefined {
  const path = searchParams.get('socketPath') ?? undefined;
  const isRead = path === undefined ? searchParams.size === 0 : searchParams.size === 1;
  if (isRead && path?.startsWith('/') !== false) return path;
  throw new Error(
    'takes no parameter but socketPath, the path of a Unix socket; for TLS there are DATABASE_TLS and DATABASE_CA_FILE',
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error('must write each % in user, password and database as %25');
  }
}
