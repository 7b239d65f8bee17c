import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR, type ErrorEntry } from '../common/errors/error-codes.js';

export const BASIC_CHALLENGE = 'Basic realm="Gatehouse", charset="UTF-8"';
const BEARER_CHALLENGE = 'Bearer realm="Gatehouse"';

interface UnauthorizedOptions {
  /** For the log only. */
  readonly detail?: string;
  /** Whether the request had a token, which is refused: RFC 6750 §3.1 `invalid_token`. */
  readonly isTokenRefused?: boolean;
}

/** A 401 that names the schemes that API routes accept (RFC 9110 §11.6.1, S-35). */
export function unauthorized(entry: ErrorEntry, options: UnauthorizedOptions = {}): CodedException {
  const bearer = options.isTokenRefused
    ? `${BEARER_CHALLENGE}, error="invalid_token"`
    : BEARER_CHALLENGE;
  return new CodedException(entry, {
    headers: { 'WWW-Authenticate': `${BASIC_CHALLENGE}, ${bearer}` },
    ...(options.detail === undefined ? {} : { detail: options.detail }),
  });
}

/**
 * A 403 that names the missing scopes (RFC 6750 §3.1).
 *
 * @param hint names the roles that hold them; `undefined` when the caller may not know
 */
export function insufficientScope(
  missing: readonly string[],
  hint: string | undefined,
): CodedException {
  const description = hint === undefined ? '' : `, error_description="${hint}"`;
  const names = missing.join(' ');
  return insufficient(`scope="${names}"${description}`, `needs ${names}`);
}

/** A 403 for an API key on a route for users, which no scope opens. */
export function notForKeys(): CodedException {
  const description = 'For users, not for API keys';
  return insufficient(`error_description="${description}"`, description);
}

function insufficient(parameters: string, detail: string): CodedException {
  return new CodedException(ERROR.SCOPE_INSUFFICIENT, {
    detail,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", ${parameters}` },
  });
}
