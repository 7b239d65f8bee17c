import type { DataSource } from 'typeorm';
import { knownDialect } from './dialects/dialect-of.js';

/** Gives a column that counts up the type of its engine, which a decorator does not know. */
export function adaptIncrement(dataSource: DataSource, entity: unknown, property: string): void {
  const dialect = knownDialect(dataSource);
  // A host has the entity twice, as a class and as a schema.
  for (const metadata of dataSource.entityMetadatas.filter(({ target }) => target === entity)) {
    const column = metadata.findColumnWithPropertyName(property);
    if (column && dialect) column.type = dialect.incrementType;
  }
}
