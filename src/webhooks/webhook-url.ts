import { isIP } from 'node:net';
import type { AddressList } from '../common/transport/address-list.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { MAX_URL_LENGTH } from './webhook.entity.js';

/**
 * The canonical form of a webhook's URL. `URL` reads an IPv4 address in every notation (decimal, octal, hexadecimal,
 * short), as a resolver would. A name is resolved and checked at each attempt.
 *
 * @throws CodedException 40001
 */
export function webhookUrl(text: string, isAllowed: AddressList): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https:\/\/[^/\\]/i.test(text)) throw refused('must be an https URL');
  if (/[\s\\]/.test(text)) throw refused('must not hold spaces or backslashes');
  if (url.username !== '' || url.password !== '' || url.hash !== '' || text.includes('#')) {
    throw refused('must have neither user and password nor a fragment');
  }
  if (url.port === '0') throw refused('must not have the port 0');
  if (url.href.length > MAX_URL_LENGTH) {
    throw refused(`must be at most ${MAX_URL_LENGTH} characters long`);
  }
  const host = hostOf(url);
  const isLocal = /^(?:.*\.)?localhost\.?$/.test(host);
  if (isLocal || (isIP(host) !== 0 && !isAllowed(host))) {
    throw refused('must not lead into a private or reserved network');
  }
  return url.href;
}

/** The name or address of a URL, without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/^\[|\]$/g, '');
}

function refused(rule: string) {
  return invalidRequest([{ field: 'url', message: `url ${rule}` }]);
}
