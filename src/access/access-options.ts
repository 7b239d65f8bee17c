/** What is refused, and how refusals are told. */
export interface AccessOptions {
  /**
   * Whether a 403 says to everyone which roles would do. Off in production; `owner` and `admin` are told
   * always.
   */
  readonly explainsRefusals: boolean;
  /** Whether every route of the application must say whom it takes: one that does not stops the start (S-92). */
  readonly deniesUndeclared: boolean;
}

export const ACCESS_OPTIONS = Symbol('gatehouse:access-options');
