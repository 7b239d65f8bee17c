import { DataSource, type DataSourceOptions } from 'typeorm';
import { sqliteDriver } from '../../src/server/database/engines/sqlite/sqlite-driver.js';
import type { TestDatabase } from './database.js';

/** What a host on TypeORM 0.3 must add; TypeORM 1 does so by default. */
const REFUSING = { invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' } } as const;

/** TypeORM reports each migration that fails, and Jest traces each line on the console to its source, which takes long. */
const QUIET = { logger: 'debug' } as const;

/** A connected DataSource as a host makes it, without the service's settings. */
export function openHostDataSource(
  database: TestDatabase,
  options: Partial<DataSourceOptions>,
): Promise<DataSource> {
  const all = { ...addressOf(database), ...REFUSING, ...QUIET, ...options } as DataSourceOptions;
  return new DataSource(all).initialize();
}

/** The part of the options that leads to the database. */
export function addressOf({ kind, url }: TestDatabase): object {
  if (kind === 'postgres') return { type: 'postgres', url };
  // With the type mysql, TypeORM would report MariaDB's form of "no default" as a change.
  if (kind === 'mariadb') return { type: 'mariadb', url, charset: 'utf8mb4' };
  return { type: 'better-sqlite3', driver: sqliteDriver(), database: url.slice('sqlite:'.length) };
}
