import { commonPasswordText } from './common-password-list.cjs';
import { foldCase } from './fold-case.js';

let commonPasswords: ReadonlySet<string> | undefined;

/**
 * Tells whether a password is on the bundled list of commonly used passwords (S-09).
 *
 * Compares the whole password, case-folded; a password that merely contains a common one is not
 * common. The list is a module, so that bundlers take it along, and CommonJS, so that both builds of the package share it.
 */
export function isCommonPassword(password: string): boolean {
  commonPasswords ??= new Set(commonPasswordText().split('\n'));
  return commonPasswords.has(foldCase(password));
}
