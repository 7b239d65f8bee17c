import type { ScopeVocabulary } from './scope-registry.js';

/** What names open: those of them that count, and all that these include. */
export interface OpenedScopes {
  readonly granted: readonly string[];
  readonly scopes: ReadonlySet<string>;
}

/** What names that were granted open under a role as it is now: never more than the role does (S-197, S-198). */
export function openedScopes(
  vocabulary: ScopeVocabulary,
  role: string,
  names: readonly string[],
): OpenedScopes {
  const ofRole = vocabulary.expand([role]);
  const granted = names.filter((name) => ofRole.has(name));
  return { granted, scopes: vocabulary.expand(granted) };
}
