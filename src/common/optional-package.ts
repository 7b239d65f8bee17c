/** Error code of Node for a package that is not installed, and of Jest for one that it cannot `require`. */
const ABSENT: ReadonlySet<string> = new Set(['MODULE_NOT_FOUND', 'ERR_REQUIRE_ESM']);

/**
 * Loads an optional package synchronously: with a top-level `await`, CommonJS applications could not load Gatehouse.
 *
 * @param load calls `require`, with a literal name if bundlers are to see the package
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
