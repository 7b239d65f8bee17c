import { createHash } from 'node:crypto';
import { StartError } from '../../common/errors/start.error.js';

/**
 * Tells whether a password is known from a breach. An error, or no answer within 3 s, accepts the password.
 *
 * @public
 */
export type BreachCheck = (password: string) => Promise<boolean>;

/** Options of {@link breachedPasswords}. */
export interface BreachedPasswordsOptions {
  /** A service with the range API of Have I Been Pwned, `https:` only; default `https://api.pwnedpasswords.com/range/`. */
  readonly url?: string;
  /** Time for an answer in milliseconds; default 2,000. */
  readonly timeoutMs?: number;
  /** In place of the global `fetch`, for a proxy. */
  readonly fetch?: typeof fetch;
}

const DEFAULT_URL = 'https://api.pwnedpasswords.com/range/';
const DEFAULT_TIMEOUT_MS = 2_000;
const PREFIX_DIGITS = 5;

/**
 * Makes a check that asks Have I Been Pwned, or a service like it, by k-anonymity: only the first five hex digits of
 * the password's SHA-1 leave this process, and the answer is padded, so that its length tells nothing either.
 *
 * @throws StartError for a URL that is not `https:`
 * @example GatehouseModule.forRoot({ password: { isBreached: breachedPasswords() } })
 * @public
 */
export function breachedPasswords({
  url = DEFAULT_URL,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  fetch: send = fetch,
}: BreachedPasswordsOptions = {}): BreachCheck {
  const base = rangeUrl(url);
  return async (password) => {
    // oxlint-disable-next-line gatehouse/no-weak-hash -- the range API is by SHA-1; nothing here relies on it
    const digest = createHash('sha1').update(password).digest('hex').toUpperCase();
    const response = await send(new URL(digest.slice(0, PREFIX_DIGITS), base), {
      headers: { 'Add-Padding': 'true', 'User-Agent': 'nest-gatehouse' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`the range API answered ${response.status}`);
    return isListed(digest.slice(PREFIX_DIGITS), await response.text());
  };
}

function rangeUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') throw new StartError('breachedPasswords: url must be https:');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** Whether the lines `SUFFIX:COUNT` name the suffix; padding has the count 0. */
function isListed(suffix: string, answer: string): boolean {
  const line = answer.split('\n').find((each) => each.toUpperCase().startsWith(`${suffix}:`));
  return line !== undefined && Number.parseInt(line.slice(suffix.length + 1), 10) > 0;
}
