type EntityClass = new () => object;

const entities = new Map<string, EntityClass>();

/**
 * Lets an entity of a lower room, which must not import this one, refer to it. TypeORM's own references by name could
 * find an entity of the host that is also called `User`.
 */
export function ReferredToAs(name: string): (entity: EntityClass) => void {
  return (entity) => void entities.set(name, entity);
}

/** The entity of that name, for a relation; resolved when the DataSource is built and all entities are loaded. */
export function entityNamed(name: string): () => EntityClass {
  return () => {
    const entity = entities.get(name);
    if (!entity) throw new Error(`no entity is referred to as ${name}`);
    return entity;
  };
}
