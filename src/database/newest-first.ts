import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';

/** Selects the rows after a position, newest first; it uses an index, whatever the position. */
export function newestFirst<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  after: Position | undefined,
  take: number,
): SelectQueryBuilder<T> {
  const { alias } = query;
  if (after) {
    // The first condition alone is a range of the index: without it, each page would read all pages before.
    query.andWhere(
      `${alias}.createdAt <= :createdAt AND (${alias}.createdAt < :createdAt OR ${alias}.id < :afterId)`,
      { createdAt: after.createdAt, afterId: after.id },
    );
  }
  return query.orderBy(`${alias}.createdAt`, 'DESC').addOrderBy(`${alias}.id`, 'DESC').limit(take);
}
