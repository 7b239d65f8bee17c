import type { DataSource } from 'typeorm';

/** What TypeORM would change to make our tables those of the entities, if it were not told to leave them alone. */
export async function pendingChanges(dataSource: DataSource): Promise<string[]> {
  for (const metadata of dataSource.entityMetadatas.filter(({ synchronize }) => !synchronize)) {
    metadata.synchronize = true;
    if (dataSource.options.type !== 'postgres') continue;
    // An entity is the same on every engine; the migrations add that text is compared byte by byte.
    for (const column of metadata.columns.filter(({ type }) => type === 'varchar')) {
      column.collation = 'C';
    }
  }
  return changesOf(dataSource);
}

/** The statements of `synchronize`, and of a migration that TypeORM generates. */
export async function changesOf(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}
