import { domainToASCII } from 'node:url';

/** RFC 5321 §4.5.3.1.3: 256 octets of path, less the angle brackets. */
export const MAX_EMAIL_LENGTH = 254;

/**
 * The one form under which an address is unique and counted: NFC, lower case, domain in its ASCII form.
 *
 * @returns `undefined` for what cannot be an address
 */
export function canonicalEmail(address: string): string | undefined {
  const normalized = address.normalize('NFC');
  const at = normalized.lastIndexOf('@');
  const domain = domainToASCII(normalized.slice(at + 1));
  if (at < 1 || domain === '' || normalized.length > MAX_EMAIL_LENGTH) return undefined;
  const canonical = `${normalized.slice(0, at).toLowerCase()}@${domain.toLowerCase()}`;
  return canonical.length <= MAX_EMAIL_LENGTH ? canonical : undefined;
}
