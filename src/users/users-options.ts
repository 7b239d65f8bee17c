/** Rules for new users and passwords. */
export interface UsersOptions {
  /** Minimum length of a password in Unicode code points; at least 8 (S-01). */
  readonly passwordMinLength: number;
}

export const USERS_OPTIONS = Symbol('gatehouse:users-options');
