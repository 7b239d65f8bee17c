/** How users come to be. */
export interface UsersOptions {
  /** Shortest password taken, in Unicode code points; at least 8 (S-01). */
  readonly passwordMinLength: number;
}

export const USERS_OPTIONS = Symbol('gatehouse:users-options');
