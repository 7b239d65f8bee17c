import type { DataSource } from 'typeorm';
import { StartError } from '../../common/errors/start.error.js';
import type { Dialect } from './dialect.js';
import { MYSQL } from './mysql/mysql.dialect.js';
import { POSTGRES } from './postgres/postgres.dialect.js';
import { SQLITE } from './sqlite/sqlite.dialect.js';

const byType = new Map<string, Dialect>(
  [SQLITE, MYSQL, POSTGRES].flatMap((dialect) => dialect.types.map((type) => [type, dialect])),
);

/**
 * The dialect of the engine of a DataSource.
 *
 * @throws StartError for an engine that Gatehouse does not work on
 */
export function dialectOf(dataSource: DataSource): Dialect {
  const dialect = knownDialect(dataSource);
  if (dialect) return dialect;
  const known = [...byType.keys()].join(', ');
  throw new StartError(`GatehouseModule works on ${known}, not on ${dataSource.options.type}`);
}

export function knownDialect({ options }: DataSource): Dialect | undefined {
  return byType.get(options.type);
}
