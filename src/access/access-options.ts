/** How refusals are told. */
export interface AccessOptions {
  /**
   * Whether a 403 says to everyone which roles would do. Off in production; `owner` and `admin` are told
   * always.
   */
  readonly explainsRefusals: boolean;
}

export const ACCESS_OPTIONS = Symbol('gatehouse:access-options');
