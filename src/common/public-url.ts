export const PUBLIC_URL_FAULT =
  'must be an http or https URL without user, query and fragment; a path in it is the prefix that a proxy removes';

/**
 * An http or https URL in its canonical form without a slash at its end, to which paths are added; `undefined` for any
 * other text.
 */
export function publicUrlOf(text: string): string | undefined {
  if (!/^https?:\/\/[^\s?#@\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}
