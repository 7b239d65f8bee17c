import { BaseEntity, type DataSource, type EntityMetadata } from 'typeorm';
import { knownDialect } from './dialects/dialect-of.js';
import { isOurs } from './entity-tables.js';

/**
 * An entity that TypeORM tells when it has built the metadata of a DataSource: as to any active record, before it
 * synchronizes or runs migrations.
 */
export abstract class MetadataListener extends BaseEntity {
  static override useDataSource(dataSource: DataSource | null): void {
    if (dataSource) adaptReferences(dataSource);
  }
}

/**
 * Gives the host's columns that refer to ids of ours the character set and collation that their foreign keys need, as
 * `gatehouseIdColumn` does in migrations. A decorator could not, because it does not know the engine.
 */
function adaptReferences(dataSource: DataSource): void {
  const collation = knownDialect(dataSource)?.referenceCollation ?? {};
  const hosts = dataSource.entityMetadatas.filter((metadata) => !isOurs(metadata));
  const adapted = new Map<EntityMetadata, Set<string>>();
  // Again until nothing is new: a host's key that is a user's id may be referred to in turn.
  for (let isNew = true; isNew;) {
    isNew = false;
    for (const metadata of hosts) {
      const names = adapted.get(metadata) ?? new Set<string>();
      for (const {
        columnNames,
        referencedColumnNames,
        referencedEntityMetadata,
      } of metadata.foreignKeys) {
        const known = isOurs(referencedEntityMetadata)
          ? IDS
          : adapted.get(referencedEntityMetadata);
        for (const [index, name] of columnNames.entries()) {
          if (names.has(name) || !known?.has(referencedColumnNames[index] ?? '')) continue;
          names.add(name);
          isNew = true;
        }
      }
      adapted.set(metadata, names);
    }
  }
  for (const [metadata, names] of adapted) {
    for (const column of metadata.columns.filter(({ databaseName }) => names.has(databaseName))) {
      if (!column.charset && !column.collation) Object.assign(column, collation);
    }
  }
}

const IDS: ReadonlySet<string> = new Set(['id']);
