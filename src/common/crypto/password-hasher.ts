/** Longest accepted password, in UTF-8 bytes; a longer one is refused before any hashing (S-04). */
export const MAX_PASSWORD_BYTES = 1024;

/** Result of checking a password. */
export interface PasswordVerdict {
  readonly isCorrect: boolean;
  /** Whether the stored hash was made with other parameters than the current ones and must be replaced (S-06). */
  readonly isOutdated: boolean;
}

/**
 * Hashes and verifies passwords. A host's own hasher must keep two promises: `verify` takes as long without a stored
 * hash as with one, whatever parameters that was made with (S-18), and a hash has at most 200 ASCII characters.
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
  /** @throws CodedException 42901 when too many hashes are waiting */
  abstract hash(password: string): Promise<string>;

  /**
   * @param stored `null` where there is no such user or the user has no password
   * @throws CodedException 42901 when too many hashes are waiting
   */
  abstract verify(password: string, stored: string | null): Promise<PasswordVerdict>;

  /** Whether `verify` can check a hash that another system stored; by default every hash is taken. */
  accepts(_stored: string): boolean {
    return true;
  }
}
