import type { HostScopeDefinitions } from './define-scopes.js';

/** Scopes and roles that the application adds to our own. */
export interface ScopesOptions {
  /** The definitions of the host; see `defineScopes`. */
  readonly host: readonly HostScopeDefinitions[];
}

export const SCOPES_OPTIONS = Symbol('gatehouse:scopes-options');
