/** Options of refusals. */
export interface AccessOptions {
  /**
   * Whether every 403 names the roles that hold the missing scopes. Off in production, where only `owner` and
   * `admin` see them.
   */
  readonly explainsRefusals: boolean;
  /** Whether a route of the application without an access rule stops the start (S-92). */
  readonly deniesUndeclared: boolean;
}

export const ACCESS_OPTIONS = Symbol('gatehouse:access-options');
