import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { knownDialect } from './dialects/dialect-of.js';

/** Gives a column that counts up the type of its engine, which a decorator does not know. */
export function adaptIncrement(
  dataSource: DataSource,
  entity: EntityTarget<ObjectLiteral>,
  property: string,
): void {
  const column = dataSource.getMetadata(entity).findColumnWithPropertyName(property);
  const dialect = knownDialect(dataSource);
  if (column && dialect) column.type = dialect.incrementType;
}
