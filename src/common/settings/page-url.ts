import type { SettingType } from './setting.js';

const FAULT =
  'must be an https URL without user, or an http URL of this machine; `token` is added to its query, or behind its #';

/** A page that a one-time link leads to. In the clear its token would be everybody's, so only this machine has http. */
export const pageUrl: SettingType<string> = { read: readPageUrl, check: readPageUrl };

function readPageUrl(text: string): string {
  const isText = typeof text === 'string' && !/[\s\\\p{Cc}\p{Cf}]/u.test(text);
  const url = isText && URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isThisMachine(url.hostname));
  if (!url || !isSafe || `${url.username}${url.password}` !== '') throw new Error(FAULT);
  return url.href;
}

function isThisMachine(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
