import { readFileSync } from 'node:fs';
import { foldCase } from './fold-case.js';

let commonPasswords: ReadonlySet<string> | undefined;

/**
 * Tells whether a password is on the bundled list of commonly used passwords (S-09).
 *
 * Compares the whole password, case-folded; a password that merely contains a common one is not
 * common. Works offline: the list is read from the file beside this one, once, on the first call.
 */
export function isCommonPassword(password: string): boolean {
  commonPasswords ??= readCommonPasswords();
  return commonPasswords.has(foldCase(password));
}

function readCommonPasswords(): ReadonlySet<string> {
  const text = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8');
  const entries = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  // An empty list would accept every common password in silence.
  if (entries.length === 0) throw new Error('The list of common passwords is empty.');
  return new Set(entries);
}
