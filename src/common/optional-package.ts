/** What Node says of a package that is not installed, and Jest of one that it cannot load this way. */
const ABSENT: ReadonlySet<string> = new Set(['MODULE_NOT_FOUND', 'ERR_REQUIRE_ESM']);

/**
 * A package that an application may do without, loaded at once: a top-level `await` would keep CommonJS
 * applications from loading us.
 *
 * @param load asks for it; by `require` and a name that stands there if bundlers are to see it
 * @returns `undefined` where it is not installed
 */
export function optionalPackage<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
