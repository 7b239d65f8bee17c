import { BASIC_CHALLENGE } from '../access/challenge.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';

/**
 * The 401 of the token endpoint, which takes no bearer; RFC 6749 §5.2 calls it `invalid_client`.
 *
 * @param detail for the log only
 */
export function tokenUnauthorized(detail?: string): CodedException {
  return new CodedException(ERROR.AUTHENTICATION_REQUIRED, {
    headers: { 'WWW-Authenticate': BASIC_CHALLENGE },
    ...(detail === undefined ? {} : { detail }),
  });
}
