import type { DataSource } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { StartError } from '../../../common/errors/start.error.js';

/**
 * Refuses better-sqlite3 12 on Node 24.19 and later, where it ends the process as soon as a prepared statement is
 * garbage-collected. The host chooses the version.
 *
 * @param dataSource an open one on better-sqlite3
 * @throws StartError saying what to install
 */
export function assertUsableSqliteDriver(
  dataSource: DataSource,
  node = process.versions.node,
): void {
  const { databaseConnection } = dataSource.driver as BetterSqlite3Driver;
  if (!endsOldDrivers(node) || !isOldDriver(databaseConnection as object)) return;
  throw new StartError(
    `the DataSource is on better-sqlite3 12, which ends the process on Node ${node}: install better-sqlite3 13`,
  );
}

function endsOldDrivers(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 19);
}

/**
 * Versions from 13 on can explain a query. Every better-sqlite3 hides its native part behind a symbol; a compatible
 * package such as libsql does not.
 */
function isOldDriver(connection: object): boolean {
  return !('explain' in connection) && Object.getOwnPropertySymbols(connection).length > 0;
}
