import { parseDatabaseUrl } from '../../config/database-url.js';
import type { DatabaseOptions } from '../database-options.js';
import type { Engine } from './engine.js';
import { mysqlEngine } from './mysql/mysql.engine.js';
import { postgresEngine } from './postgres/postgres.engine.js';
import { sqliteEngine } from './sqlite/sqlite.engine.js';

/** The engine of the database that the URL names. */
export function engineOf(options: DatabaseOptions): Engine {
  const address = parseDatabaseUrl(options.url);
  if (address.type === 'better-sqlite3') return sqliteEngine(address);
  if (address.type === 'postgres') return postgresEngine(address, options);
  return mysqlEngine(address, options);
}
