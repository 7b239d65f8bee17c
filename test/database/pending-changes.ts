import type { DataSource } from 'typeorm';

const MAX_NAME_LENGTH = 63;

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
  return (await changesOf(dataSource)).filter((change) => !isOfCutSequence(change));
}

/** PostgreSQL cuts the name of a sequence that a host's prefix makes too long, and TypeORM expects another cut. */
function isOfCutSequence(change: string): boolean {
  const [, table = ''] =
    /"(\w+webhook_deliveries)"(?:\."number"| ALTER COLUMN "number" )/.exec(change) ?? [];
  return `${table}_number_seq`.length > MAX_NAME_LENGTH;
}

/** The statements of `synchronize`, and of a migration that TypeORM generates. */
export async function changesOf(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}
