import { domainToASCII } from 'node:url';

/** RFC 5321 §4.5.3.1.3: 256 octets of path, less the angle brackets. */
export const MAX_EMAIL_LENGTH = 254;

/** NFC composes at most four characters into one. */
const MAX_SPELLING_LENGTH = 4 * MAX_EMAIL_LENGTH;

/** `domainToASCII` parses a URL's host: it stops at these characters or decodes them. */
const NOT_IN_A_DOMAIN = /[/?#\\:%]/;

/**
 * The canonical form of an address, which must be unique: NFC, lower case, domain in its ASCII form.
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
  const ascii = NOT_IN_A_DOMAIN.test(domain) ? '' : domainToASCII(domain).toLowerCase();
  if (at < 1 || ascii === '') return undefined;
  // Normalized again, because a small letter may have a composed form that its capital lacks.
  const local = normalized.slice(0, at).toLowerCase().normalize('NFC');
  const canonical = `${local}@${ascii}`;
  return canonical.length <= MAX_EMAIL_LENGTH ? canonical : undefined;
}
