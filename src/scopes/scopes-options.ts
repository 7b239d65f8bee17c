import type { HostScopeDefinitions } from './define-scopes.js';

/** What the application adds to our own scopes. */
export interface ScopesOptions {
  /** The host's scopes and roles; see `defineScopes`. */
  readonly host: readonly HostScopeDefinitions[];
}

export const SCOPES_OPTIONS = Symbol('gatehouse:scopes-options');
