import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { dataSourceOf } from './data-source-of.js';
import { dialectOf } from './dialects/dialect-of.js';
import { isOfHost } from './host-transactions.js';

/** A row as the driver returns it, by the column names of the query. */
type RawRow = Readonly<Record<string, unknown>>;

/**
 * Locks the rows against changes by other transactions until this one ends. Where a transaction locks the whole
 * database from its first statement on, no row lock is needed.
 *
 * A decision about other rows needs a later statement: on PostgreSQL a statement that has waited for a lock sees the
 * locked rows as they are now, and all others as they were when it began.
 */
export function lockRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  manager: EntityManager,
): SelectQueryBuilder<T> {
  return dialectOf(dataSourceOf(manager)).hasRowLocks ? query.setLock('pessimistic_write') : query;
}

/**
 * As {@link lockRows}, and locks the rows in the order of their ids, so that no deadlock arises. A query by another
 * index than the primary key would lock rows in that index's order.
 */
export function lockInOrder<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  manager: EntityManager,
): SelectQueryBuilder<T> {
  return lockRows(query.useIndex('PRIMARY').orderBy(`${query.alias}.id`), manager);
}

/**
 * Reads rows as they are now, also within a host's transaction, where a read without a lock may see an old snapshot.
 * Elsewhere nothing is locked: each statement of our own transactions sees the present rows.
 *
 * @param mode `pessimistic_write` for rows that the transaction may change later, see {@link shareRows}
 */
export function presentRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  manager: EntityManager,
  mode: 'pessimistic_read' | 'pessimistic_write' = 'pessimistic_read',
): SelectQueryBuilder<T> {
  const { hasRowLocks } = dialectOf(dataSourceOf(manager));
  return hasRowLocks && isOfHost(manager) ? query.setLock(mode) : query;
}

/**
 * Reads rows with a shared lock: no transaction can change them until this one ends, and others may share them. A
 * transaction that will change the rows must use {@link lockRows} at once: two that share first would deadlock.
 */
export async function shareRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  manager: EntityManager,
): Promise<readonly RawRow[]> {
  const [sql, parameters] = query.getQueryAndParameters();
  const { shareClause } = dialectOf(dataSourceOf(manager));
  return manager.query<RawRow[]>(`${sql}${shareClause}`, parameters);
}
