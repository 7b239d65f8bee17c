/** Longest password taken, in UTF-8 bytes; anything longer is refused before any hashing (S-04). */
export const MAX_PASSWORD_BYTES = 1024;

/** What came of checking a password. */
export interface PasswordVerdict {
  readonly isCorrect: boolean;
  /** The stored hash was made with other parameters than today's: it is made anew (S-06). */
  readonly isOutdated: boolean;
}

/**
 * Turns passwords into what is stored of them. A host that brings its own keeps two promises: `verify` takes
 * as long without a stored hash as with one (S-18), and a hash takes at most 200 ASCII characters.
 *
 * @example
 * class Argon2Hasher extends PasswordHasher {
 *   hash(password: string) { return argon2.hash(password); }
 *   async verify(password: string, stored: string | null) {
 *     const isCorrect = await argon2.verify(stored ?? DUMMY, password);
 *     return { isCorrect: stored !== null && isCorrect, isOutdated: false };
 *   }
 * }
 * @public
 */
export abstract class PasswordHasher {
  /** @throws CodedException 42901 when too many wait already */
  abstract hash(password: string): Promise<string>;

  /**
   * @param stored `null` where there is no such user or the user has no password
   * @throws CodedException 42901 when too many wait already
   */
  abstract verify(password: string, stored: string | null): Promise<PasswordVerdict>;
}
