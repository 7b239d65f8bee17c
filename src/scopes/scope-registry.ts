import type { ScopeDefinitions } from './define-scopes.js';
import type { ScopeTable } from './scope-table.js';

/** Names of scopes and roles, as the application defines them or as an account with own roles does. */
export interface ScopeVocabulary {
  has(name: string): boolean;
  /** The names and all that they include. Unknown names give nothing (S-72, S-102). */
  expand(names: readonly string[]): ReadonlySet<string>;
}

/** The scopes of the application, compiled once into sets: one look-up tells whether a scope includes another. */
export class ScopeRegistry implements ScopeVocabulary {
  private readonly closures: ReadonlyMap<string, ReadonlySet<string>>;

  /** @throws Error when a scope includes an unknown one, or itself through others */
  constructor(private readonly table: ScopeTable) {
    this.closures = compile(table.definitions);
  }

  has(name: string): boolean {
    return this.closures.has(name);
  }

  /** Whether the name is a role of the application, which every account has. */
  isRole(name: string): boolean {
    return this.table.roles.has(name);
  }

  /** Every name, in the order of definition. */
  get names(): readonly string[] {
    return [...this.closures.keys()];
  }

  /** The names that a scope includes by its own definition. */
  includesOf(name: string): readonly string[] {
    return Object.hasOwn(this.table.definitions, name) ? (this.table.definitions[name] ?? []) : [];
  }

  expand(names: readonly string[]): ReadonlySet<string> {
    const [only] = names;
    if (names.length === 1 && only !== undefined) return this.closures.get(only) ?? NOTHING;
    return new Set(names.flatMap((name) => [...(this.closures.get(name) ?? NOTHING)]));
  }

  /** The roles of the application that hold all of the scopes, the most powerful first. */
  rolesHolding(scopes: readonly string[]): string[] {
    return [...this.table.roles].filter((name) =>
      scopes.every((scope) => this.closures.get(name)?.has(scope)),
    );
  }

  /**
   * The vocabulary of an account with own roles. They cannot redefine a name of the application (S-196), and an
   * included name that no longer exists gives nothing.
   *
   * @throws Error when an own role includes itself through others
   */
  withRoles(ownRoles: ScopeDefinitions): ScopeVocabulary {
    const own = Object.entries(ownRoles).filter(([name]) => !this.has(name));
    if (own.length === 0) return this;
    const isKnown = (name: string) => this.has(name) || Object.hasOwn(ownRoles, name);
    const definitions = own.map(([name, includes]) => [name, includes.filter(isKnown)] as const);
    const closures = compile(Object.fromEntries(definitions), this.closures);
    return {
      has: (name) => closures.has(name),
      expand: (names) => new Set(names.flatMap((name) => [...(closures.get(name) ?? NOTHING)])),
    };
  }
}

const NOTHING: ReadonlySet<string> = new Set();

function compile(
  definitions: ScopeDefinitions,
  known: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): ReadonlyMap<string, ReadonlySet<string>> {
  const closures = new Map(known);
  for (const name of Object.keys(definitions)) close(name, definitions, closures, []);
  return closures;
}

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
