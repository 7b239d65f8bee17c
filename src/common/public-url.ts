export const PUBLIC_URL_FAULT = 'must be an http or https URL';

/** An address that paths are added to; `undefined` for what is none. */
export function publicUrlOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url && ['http:', 'https:'].includes(url.protocol);
  return isHttp ? text.replace(/\/+$/, '') : undefined;
}
