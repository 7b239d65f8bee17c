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
 * A relation of a host's `EntitySchema` finds only entities that are schemas too; the class stays its target.
 */
export function entitySchemaOf(entity: EntityClass, prefix: string): EntitySchema {
  const args = getMetadataArgsStorage();
  const lineage = lineageOf(entity);
  const [table] = args.filterTables(entity);
  return new EntitySchema({
    name: entity.name,
    target: entity,
    tableName: prefix + (table?.name ?? ''),
    synchronize: table?.synchronize === true,
    columns: columnsOf(lineage),
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

function columnsOf(lineage: EntityClass[]) {
  const args = getMetadataArgsStorage();
  return Object.fromEntries(
    args
      .filterColumns(lineage)
      .map(({ target, propertyName, options }): [string, EntitySchemaColumnOptions] => {
        const generated = args.findGenerated(target, propertyName)?.strategy;
        const column = options as EntitySchemaColumnOptions;
        return [propertyName, generated ? { ...column, generated } : column];
      }),
  );
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
