import { isCommonPassword } from './common-passwords.js';
import { foldCase } from './fold-case.js';
import { differentCharacters, unpredictableCharacters } from './predictability.js';

export interface PasswordPolicyOptions {
  /** Minimum number of Unicode code points of the NFC-normalised password (S-01). */
  readonly minLength: number;
  /** Maximum number of UTF-8 bytes, which is the limit of the password hasher (S-04). */
  readonly maxBytes: number;
  /** Words an attacker would try for this user: account name, email local part, whole email. */
  readonly context: readonly string[];
}

const SERVICE_NAME = 'gatehouse';
/** So many characters must be unpredictable: as many as the shortest password that any setting allows (S-01). */
const MIN_UNPREDICTABLE = 8;

/**
 * Says in one sentence why a new password is refused, or returns `undefined` when it is acceptable.
 *
 * Checks the password as given: it trims nothing (S-11) and requires no kinds of characters (S-10). The service's own
 * name is always a context word. Repetitions and sequences add nothing to a password. No reason repeats it (S-15).
 */
export function findPasswordFault(
  password: string,
  { minLength, maxBytes, context }: PasswordPolicyOptions,
): string | undefined {
  // S-04: before normalising, whose cost grows faster than the length on runs of combining marks.
  if (Buffer.byteLength(password) > maxBytes) return tooLong(maxBytes);
  if (/[\p{Cc}\p{Cs}]/u.test(password)) {
    // S-136: with the u flag \p{Cs} matches lone surrogates only, \p{Cc} is C0, DEL and C1.
    return 'The password must not contain control characters or malformed Unicode.';
  }

  const normalised = password.normalize('NFC');
  // NFC lengthens a few characters, and the normalised form is the one that is hashed.
  if (Buffer.byteLength(normalised) > maxBytes) return tooLong(maxBytes);
  if ([...normalised].length < minLength) {
    return `The password must be at least ${minLength} characters long.`;
  }
  if (isCommonPassword(normalised)) {
    return 'The password is one of the commonly used passwords that attackers try first.';
  }
  if ([SERVICE_NAME, ...context].some((word) => isMadeOf(normalised, word))) {
    return 'The password must not be the name of the service, the account name or the email address, nor one of them repeated.';
  }
  const needed = Math.min(MIN_UNPREDICTABLE, Math.ceil(minLength / 2));
  if (
    unpredictableCharacters(normalised) < needed ||
    differentCharacters(normalised) * 2 <= needed
  ) {
    return 'The password consists mostly of repetitions, sequences or neighbouring keys, or of few different characters.';
  }
  return undefined;
}

function tooLong(maxBytes: number): string {
  return `The password must be at most ${maxBytes} bytes long in UTF-8.`;
}

function isMadeOf(password: string, word: string): boolean {
  const folded = foldCase(password);
  const unit = foldCase(word);
  if (unit === '' || folded.length % unit.length !== 0) return false;
  return folded === unit.repeat(folded.length / unit.length);
}
