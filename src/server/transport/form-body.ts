import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { isPoisonedPath } from '../../common/validation/refused-names.js';

const MAX_FIELDS = 50;

/**
 * Parses `application/x-www-form-urlencoded` into one string per name. A name that was sent several times gets a list,
 * which the validation step refuses if the DTO declares the name (RFC 6749 §3.2) and ignores otherwise (`resource` of
 * RFC 8707 may be repeated).
 *
 * @throws CodedException 40001 for broken encoding or too many fields, 40002 for a poisoned name
 */
export function parseFormBody(text: string): Record<string, string | string[]> {
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > MAX_FIELDS)
    throw invalid('body', `body must not hold more than ${MAX_FIELDS} fields`);
  const fields: Record<string, string | string[]> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    if (isPoisonedPath(name)) throw new CodedException(ERROR.BODY_NOT_JSON);
    const earlier = Object.hasOwn(fields, name) ? fields[name] : undefined;
    fields[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return fields;
}

// URLSearchParams would turn broken bytes into replacement characters.
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalid('body', 'body must be percent-encoded UTF-8');
  }
}

function invalid(field: string, message: string): CodedException {
  return new CodedException(ERROR.REQUEST_INVALID, { errors: [{ field, message }] });
}
