import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';

/** The rows behind a position, newest first: by an index, however deep the page is. */
export function newestFirst<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  after: Position | undefined,
  take: number,
): SelectQueryBuilder<T> {
  const { alias } = query;
  if (after) {
    query.andWhere(
      `(${alias}.createdAt < :createdAt OR (${alias}.createdAt = :createdAt AND ${alias}.id < :afterId))`,
      { createdAt: after.createdAt, afterId: after.id },
    );
  }
  return query.orderBy(`${alias}.createdAt`, 'DESC').addOrderBy(`${alias}.id`, 'DESC').limit(take);
}
