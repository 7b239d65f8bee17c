import { BASIC_CHALLENGE } from '../access/challenge.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';

/** The 401 of the token endpoint, which takes no bearer. */
export function tokenUnauthorized(): CodedException {
  return new CodedException(ERROR.AUTHENTICATION_REQUIRED, {
    headers: { 'WWW-Authenticate': BASIC_CHALLENGE },
  });
}
