import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/**
 * Lets nobody else change the rows until the transaction ends. On SQLite a transaction holds the write
 * lock from its first statement on, so there is nothing to add.
 */
export function lockRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { dataSource }: EntityManager,
): SelectQueryBuilder<T> {
  const isSqlite = dataSource.options.type === 'better-sqlite3';
  return isSqlite ? query : query.setLock('pessimistic_write');
}
