/** Scheme, host and port; a browser sends no more. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\*]+\/?$/i;
/** Pages from files have the origin `null`, and the others are no schemes of pages. */
const NOT_OF_PAGES = /^(?:file|ftp|wss?):/i;
const FAULT =
  'must list origins such as https://app.example.com: a scheme, a host and nothing after the port';

/**
 * An origin as browsers send it: in lower case, without the default port and a slash at its end.
 *
 * @throws Error for a text that no `Origin` header can equal, and for `null` and `*`, which would be anybody
 */
export function corsOrigin(text: string): string {
  if (!ORIGIN.test(text) || NOT_OF_PAGES.test(text) || !URL.canParse(text)) throw new Error(FAULT);
  const { protocol, host, origin } = new URL(text);
  // `URL` knows no origin for schemes such as capacitor: and chrome-extension:.
  return origin === 'null' ? `${protocol}//${host.toLowerCase()}` : origin;
}
