/** Scope names and the names that each includes. */
export type ScopeDefinitions = Readonly<Record<string, readonly string[]>>;

/**
 * Scopes that include scopes, compiled once into sets: whether one covers another is one look-up.
 *
 * A name the registry does not know grants nothing (S-72, S-102).
 */
export class ScopeRegistry {
  private readonly closures: ReadonlyMap<string, ReadonlySet<string>>;

  /** @throws Error when a scope includes an unknown one, or itself through others */
  constructor(definitions: ScopeDefinitions) {
    const closures = new Map<string, ReadonlySet<string>>();
    for (const name of Object.keys(definitions)) close(name, definitions, closures, []);
    this.closures = closures;
  }

  has(name: string): boolean {
    return this.closures.has(name);
  }

  /** The names and everything they include. */
  expand(names: readonly string[]): ReadonlySet<string> {
    const [only] = names;
    if (names.length === 1 && only !== undefined) return this.closures.get(only) ?? NOTHING;
    return new Set(names.flatMap((name) => [...(this.closures.get(name) ?? NOTHING)]));
  }
}

const NOTHING: ReadonlySet<string> = new Set();

function close(
  name: string,
  definitions: ScopeDefinitions,
  closures: Map<string, ReadonlySet<string>>,
  path: readonly string[],
): ReadonlySet<string> {
  const known = closures.get(name);
  if (known) return known;
  if (path.includes(name)) throw new Error(`scope ${name} includes itself: ${path.join(' > ')}`);
  const includes = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  if (!includes) throw new Error(`scope ${path.at(-1)} includes ${name}, which is not defined`);
  const closure = new Set([name]);
  for (const included of includes) {
    for (const each of close(included, definitions, closures, [...path, name])) closure.add(each);
  }
  closures.set(name, closure);
  return closure;
}
