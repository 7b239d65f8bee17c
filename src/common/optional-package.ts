import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** What Node says of a package that is not installed, and Jest of one that it cannot load this way. */
const ABSENT: ReadonlySet<string> = new Set(['MODULE_NOT_FOUND', 'ERR_REQUIRE_ESM']);

/**
 * A package that an application may do without, loaded at once: a top-level `await` would keep CommonJS
 * applications from loading us.
 *
 * @returns `undefined` where it is not installed
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what it loads
export function optionalPackage<T>(name: string): T | undefined {
  try {
    return load(name) as T;
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
