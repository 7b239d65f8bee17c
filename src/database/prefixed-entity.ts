import {
  EntitySchema,
  getMetadataArgsStorage,
  type EntitySchemaColumnOptions,
  type EntitySchemaIndexOptions,
  type EntitySchemaRelationOptions,
} from 'typeorm';

type EntityClass = new () => object;

/**
 * Builds a schema from the decorators of an entity, with a prefix for the names of its table, indexes and foreign keys.
 * The class stays its target, so that another DataSource may use it with another prefix.
 */
export function prefixedEntity(entity: EntityClass, prefix: string): EntitySchema {
  const args = getMetadataArgsStorage();
  const lineage = lineageOf(entity);
  const [table] = args.filterTables(entity);
  return new EntitySchema({
    name: entity.name,
    target: entity,
    tableName: prefix + (table?.name ?? ''),
    synchronize: table?.synchronize === true,
    columns: columnsOf(lineage, prefix),
    indices: args
      .filterIndices(lineage)
      .map(({ name, columns, unique }): EntitySchemaIndexOptions => ({
        name: prefix + (name ?? ''),
        columns: columns as string[],
        unique: unique === true,
      })),
    relations: relationsOf(lineage, prefix),
  });
}

function columnsOf(lineage: EntityClass[], prefix: string) {
  const args = getMetadataArgsStorage();
  const foreignKeys = new Map(
    args.filterForeignKeys(lineage).map((key) => [key.propertyName, key]),
  );
  const columns: Record<string, EntitySchemaColumnOptions> = {};
  for (const { propertyName, options } of args.filterColumns(lineage)) {
    const key = foreignKeys.get(propertyName);
    columns[propertyName] = {
      ...(options as EntitySchemaColumnOptions),
      ...(key && {
        foreignKey: {
          target: key.type,
          name: prefix + (key.name ?? ''),
          ...(key.onDelete && { onDelete: key.onDelete }),
        },
      }),
    };
  }
  return columns;
}

function relationsOf(lineage: EntityClass[], prefix: string) {
  const args = getMetadataArgsStorage();
  const relations: Record<string, EntitySchemaRelationOptions> = {};
  for (const { propertyName, relationType, type, options } of args.filterRelations(lineage)) {
    const [join] = lineage.flatMap((entity) => args.filterJoinColumns(entity, propertyName));
    relations[propertyName] = {
      type: relationType,
      target: type,
      ...(options.nullable !== undefined && { nullable: options.nullable }),
      ...(options.onDelete && { onDelete: options.onDelete }),
      joinColumn: {
        ...(join?.name !== undefined && { name: join.name }),
        foreignKeyConstraintName: prefix + (join?.foreignKeyConstraintName ?? ''),
      },
    };
  }
  return relations;
}

/** The class and its base classes. */
function lineageOf(entity: EntityClass): EntityClass[] {
  const parent = Object.getPrototypeOf(entity) as EntityClass | null;
  return parent && parent !== Function.prototype ? [entity, ...lineageOf(parent)] : [entity];
}
