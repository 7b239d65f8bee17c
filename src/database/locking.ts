import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** A row as the driver gives it, by the names that the query chose. */
type RawRow = Readonly<Record<string, unknown>>;

/**
 * Lets nobody else change the rows until the transaction ends. On SQLite a transaction holds the write
 * lock from its first statement on, so there is nothing to add.
 */
export function lockRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { dataSource }: EntityManager,
): SelectQueryBuilder<T> {
  return isSqlite(dataSource) ? query : query.setLock('pessimistic_write');
}

/**
 * As {@link lockRows}, for rows by their ids: one after the other in that order, so that nobody waits in a circle.
 * By another index than the primary key rows would be locked in that index's order.
 */
export function lockInOrder<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  manager: EntityManager,
): SelectQueryBuilder<T> {
  return lockRows(query.useIndex('PRIMARY').orderBy(`${query.alias}.id`), manager);
}

/**
 * Reads rows that nobody can change until the transaction ends, and that other transactions may share. A transaction
 * that will change the rows takes {@link lockRows} at once: two that share first would wait for each other.
 *
 * TypeORM's own `pessimistic_read` writes `FOR SHARE` to MariaDB under the type `mysql`, which MariaDB does not
 * know; both know the older form.
 */
export async function shareRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  manager: EntityManager,
): Promise<readonly RawRow[]> {
  const [sql, parameters] = query.getQueryAndParameters();
  const clause = isSqlite(manager.dataSource) ? '' : ' LOCK IN SHARE MODE';
  return manager.query<RawRow[]>(`${sql}${clause}`, parameters);
}

function isSqlite({ options }: EntityManager['dataSource']): boolean {
  return options.type === 'better-sqlite3';
}
