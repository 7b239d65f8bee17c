import type { DataSource } from 'typeorm';

/** A query runner, entity manager or query builder: TypeORM 0.3 names its DataSource `connection`. */
interface OnDataSource {
  readonly dataSource?: DataSource;
  readonly connection: DataSource;
}

/** The DataSource of a query runner, entity manager or query builder, on TypeORM 0.3 and 1. */
export function dataSourceOf(owner: OnDataSource): DataSource {
  return owner.dataSource ?? owner.connection;
}
