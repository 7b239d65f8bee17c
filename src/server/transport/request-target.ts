import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { isCredentialParameter, isPoisonedPath } from '../../common/validation/refused-names.js';

const MAX_PARAMETERS = 50;

/**
 * Refuses a request target that two parsers could read differently, and one that contains a credential.
 *
 * @throws CodedException 40001 for broken encoding, too many parameters or a credential in the query,
 *   40002 for a poisoned name
 */
export function checkRequestTarget(url: string): void {
  const queryStart = url.indexOf('?');
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  if (path.includes('%') && hasControlCharacter(decode(path, 'path'))) {
    throw invalid('path', 'path must not hold control characters');
  }
  if (queryStart === -1) return;
  const pairs = url.slice(queryStart + 1).split('&');
  if (pairs.length > MAX_PARAMETERS) {
    throw invalid('query', `query must not hold more than ${MAX_PARAMETERS} parameters`);
  }
  for (const pair of pairs) checkPair(pair);
}

function checkPair(pair: string): void {
  const equals = pair.indexOf('=');
  const name = decode(equals === -1 ? pair : pair.slice(0, equals), 'query');
  if (equals !== -1) decode(pair.slice(equals + 1), 'query');
  if (isPoisonedPath(name)) throw new CodedException(ERROR.BODY_NOT_JSON);
  if (isCredentialParameter(name)) {
    throw invalid('query', 'query must not carry a credential');
  }
}

/** `decodeURIComponent` also refuses percent-encoded bytes that are not UTF-8. */
function decode(text: string, field: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalid(field, `${field} must be percent-encoded UTF-8`);
  }
}

function hasControlCharacter(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  return /[\u0000-\u001f\u007f]/.test(text);
}

function invalid(field: string, message: string): CodedException {
  return new CodedException(ERROR.REQUEST_INVALID, { errors: [{ field, message }] });
}
