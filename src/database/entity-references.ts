type EntityClass = new () => object;

const entities = new Map<string, EntityClass>();

/**
 * Lets an entity of a room below refer to this one, which it must not import. TypeORM's own references by name
 * would find whichever entity of the host is called `User` too.
 */
export function ReferredToAs(name: string): (entity: EntityClass) => void {
  return (entity) => void entities.set(name, entity);
}

/** The entity of that name, for `@ForeignKey`: asked when the DataSource is built, when all are there. */
export function entityNamed(name: string): () => EntityClass {
  return () => {
    const entity = entities.get(name);
    if (!entity) throw new Error(`no entity is referred to as ${name}`);
    return entity;
  };
}
