import { getMetadataArgsStorage } from 'typeorm';

type EntityClass = new () => object;
interface Declared {
  readonly target: unknown;
}

/** Marks of a prefix in the entities of a DataSource, with the prefix. */
const marks = new Map<unknown, string>();
const ours = new Set<unknown>();
/** The prefix in the DataSource whose metadata TypeORM builds, which it does without a pause. */
let prefix = '';

/**
 * Makes TypeORM give the tables, indexes and foreign keys of the entities the prefix that the DataSource's list of
 * entities is marked with. TypeORM keeps one name for each class, and a relation of a host's class finds only entities
 * that are classes too, not an `EntitySchema` with other names (ADR 21).
 */
export function prefixTablesOf(entities: readonly EntityClass[]): void {
  if (ours.size > 0) return;
  for (const entity of entities) ours.add(entity);
  const storage = getMetadataArgsStorage();
  const filterTables = storage.filterTables.bind(storage);
  const filterIndices = storage.filterIndices.bind(storage);
  const filterJoinColumns = storage.filterJoinColumns.bind(storage);
  // Their parameter is one class or several, in overloads.
  const overrides: Record<keyof Pick<typeof storage, 'filterTables' | 'filterIndices'>, unknown> = {
    filterTables: (targets: EntityClass[]) => {
      prefix = prefixAmong(targets);
      const tables = filterTables(targets).map((table) => named(table, 'name'));
      // A host's relation by name finds an entity of the host before one of ours.
      return [...tables.filter((each) => !isOurs(each)), ...tables.filter(isOurs)];
    },
    filterIndices: (targets: EntityClass[]) =>
      filterIndices(targets).map((index) => named(index, 'name')),
  };
  Object.assign(storage, overrides, {
    filterJoinColumns: (...args: Parameters<typeof filterJoinColumns>) =>
      filterJoinColumns(...args).map((column) => named(column, 'foreignKeyConstraintName')),
  });
}

/** What marks a DataSource's list of entities with a prefix. */
export function prefixMark(tablePrefix: string): EntityClass {
  const mark = class TablePrefix {
    readonly tablePrefix = tablePrefix;
  };
  marks.set(mark, tablePrefix);
  return mark;
}

function prefixAmong(targets: unknown): string {
  return marks.get([targets].flat().find((each) => marks.has(each))) ?? '';
}

/** Whether an entity, or what is declared of it, is one of Gatehouse's. */
export function isOurs({ target }: Declared): boolean {
  return ours.has(target);
}

function named<T extends Declared & { readonly [K in Key]?: string }, Key extends string>(
  declared: T,
  key: Key,
): T {
  const name = declared[key];
  if (prefix === '' || name === undefined || !isOurs(declared)) return declared;
  return { ...declared, [key]: prefix + name };
}
