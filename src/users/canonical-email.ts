import { domainToASCII } from 'node:url';

/** RFC 5321 §4.5.3.1.3: 256 octets of path, less the angle brackets. */
export const MAX_EMAIL_LENGTH = 254;

/** NFC composes at most four characters into one. */
const MAX_SPELLING_LENGTH = 4 * MAX_EMAIL_LENGTH;

/** `domainToASCII` parses a URL's host: it stops at these characters or decodes them. */
const NOT_IN_A_DOMAIN = /[/?#\\:%]/;

/** Control, format and unassigned characters, blanks, those that UAX 44 lets fonts ignore, and three empty glyphs. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]|\u2800|\u{16FE4}|\u{1D159}/u;

/** Whether an address holds a character that is not seen, so that it looks like another one (S-212). */
export function hasInvisibleCharacter(address: string): boolean {
  return INVISIBLE.test(address);
}

/**
 * The canonical form of an address, which must be unique: NFC, lower case, domain in its ASCII form.
 *
 * Invisible characters stay in the local part, where a user of an earlier release may have them.
 *
 * @returns `undefined` for a text that cannot be an address
 */
export function canonicalEmail(address: string): string | undefined {
  // Checked first, because the cost of the next steps grows with the square of the length.
  if (address.length > MAX_SPELLING_LENGTH) return undefined;
  const normalized = address.normalize('NFC');
  if (normalized.length > MAX_EMAIL_LENGTH) return undefined;
  const at = normalized.lastIndexOf('@');
  const domain = normalized.slice(at + 1);
  // `domainToASCII` would leave invisible characters out.
  if (at < 1 || NOT_IN_A_DOMAIN.test(domain) || hasInvisibleCharacter(domain)) return undefined;
  const ascii = domainToASCII(domain).toLowerCase();
  if (ascii === '') return undefined;
  // Normalized again, because a small letter may have a composed form that its capital lacks.
  const local = normalized.slice(0, at).toLowerCase().normalize('NFC');
  const canonical = `${local}@${ascii}`;
  return canonical.length <= MAX_EMAIL_LENGTH ? canonical : undefined;
}
