export const PUBLIC_URL_FAULT = 'must be an http or https URL';

/** An http or https URL without trailing slashes, to which paths are added; `undefined` for any other text. */
export function publicUrlOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url && ['http:', 'https:'].includes(url.protocol);
  return isHttp ? text.replace(/\/+$/, '') : undefined;
}
