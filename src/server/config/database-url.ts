import { readMysqlUrl, type MysqlAddress } from '../database/engines/mysql/mysql-url.js';
import {
  readPostgresUrl,
  type PostgresAddress,
} from '../database/engines/postgres/postgres-url.js';
import { readSqliteUrl, type SqliteFile } from '../database/engines/sqlite/sqlite-url.js';

const FORM =
  'must be sqlite:<file>, or postgres:// or mysql:// before <user>:<password>@<host>:<port>/<database>, with special characters percent-encoded';

/**
 * Reads a database URL.
 *
 * @throws Error that says what is wrong and never repeats a part of the URL, which may hold a password
 */
export function parseDatabaseUrl(url: string): SqliteFile | MysqlAddress | PostgresAddress {
  const address = readSqliteUrl(url) ?? readMysqlUrl(url) ?? readPostgresUrl(url);
  if (address === undefined) throw new Error(FORM);
  return address;
}
