import type { ScopeVocabulary } from './scope-registry.js';

/** Granted names that still apply, and all scopes that they include. */
export interface OpenedScopes {
  readonly granted: readonly string[];
  readonly scopes: ReadonlySet<string>;
}

/** The scopes of granted names, limited to those of the present role (S-197, S-198). */
export function openedScopes(
  vocabulary: ScopeVocabulary,
  role: string,
  names: readonly string[],
): OpenedScopes {
  const ofRole = vocabulary.expand([role]);
  const granted = names.filter((name) => ofRole.has(name));
  return { granted, scopes: vocabulary.expand(granted) };
}
