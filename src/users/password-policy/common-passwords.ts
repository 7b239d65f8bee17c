import { commonPasswordText } from './common-password-list.cjs';
import { foldCase } from './fold-case.js';
import { leakedPasswordText } from './leaked-password-list.cjs';

let commonPasswords: ReadonlySet<string> | undefined;

/**
 * Tells whether a password is on one of the bundled lists of commonly used and of leaked passwords (S-09).
 *
 * Compares the whole password, case-folded; a password that merely contains a common one is not
 * common. The lists are modules, so that bundlers take them along, and CommonJS, so that both builds of the package share them.
 */
export function isCommonPassword(password: string): boolean {
  commonPasswords ??= new Set(
    [commonPasswordText(), leakedPasswordText()].flatMap((text) => text.split('\n')),
  );
  return commonPasswords.has(foldCase(password));
}
