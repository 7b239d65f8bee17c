import { percentDecoded } from './percent-decoded.js';
import { checkedText } from './setting-types.js';

/** A URL that `@redis/client` takes: otherwise it throws an error that does not name the setting. */
export const redisUrl = checkedText((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    return 'must be a URL redis://… or, with TLS, rediss://…';
  }
  // A password with one of these characters ends the part of the URL that it stands in.
  const isCut = `${url.pathname}${url.search}${url.hash}`.includes('@');
  if (isCut || [url.username, url.password].map(percentDecoded).includes(undefined)) {
    return 'must percent-encode each %, #, /, ? and @ in user and password';
  }
  if (!/^(\/\d*)?$/.test(url.pathname)) {
    return 'must have nothing but the number of a database as its path, as in redis://host:6379/0';
  }
  return undefined;
});
