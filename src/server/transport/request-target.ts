import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { isCredentialParameter, isPoisonedPath } from '../../common/validation/refused-names.js';

const MAX_PARAMETERS = 50;

/** RFC 9112 §3.2.2, without user information, which RFC 9110 §4.2.4 calls an error. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#@\\]+([/?].*)?$/i;

/** The pages of one-time links, whose links in letters can carry the token nowhere else; no log has it (S-43). */
const LINK_PAGE = /^\/link\/\w+$/;

/** Letters, digits and `-._~`, which mean the same encoded (RFC 3986 §6.2.2.2); Fastify decodes them, Express does not. */
const NEEDLESSLY_ENCODED = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/gi;

/**
 * Brings a request target into the one form that both frameworks and our own code read: path and query, the path
 * without needless encoding. The authority of an absolute form decides as little as `Host` does (S-111). Refuses a
 * target that two parsers could read differently, and one that contains a credential.
 *
 * @throws CodedException 40001 for a target that is neither a path nor an http or https address (RFC 9112 §3.2), for
 *   broken encoding, too many parameters or a credential in the query, 40002 for a poisoned name
 */
export function checkedTarget(sent: string): string {
  const target = originForm(sent);
  const queryStart = target.indexOf('?');
  const path = queryStart === -1 ? target : target.slice(0, queryStart);
  const query = target.slice(path.length);
  const plainPath = path.includes('%') ? withoutNeedlessEncoding(path) : path;
  if (query !== '') checkQuery(query.slice(1), LINK_PAGE.test(plainPath));
  return plainPath + query;
}

function withoutNeedlessEncoding(path: string): string {
  if (hasControlCharacter(decode(path, 'path'))) {
    throw invalid('path', 'path must not hold control characters');
  }
  return path.replaceAll(NEEDLESSLY_ENCODED, decodeURIComponent);
}

function originForm(target: string): string {
  const rest = target.startsWith('/') || target === '*' ? target : afterAuthority(target);
  if (rest === undefined || rest.includes('#')) {
    throw invalid('target', 'target must be a path or an http address, without user and fragment');
  }
  return rest;
}

function afterAuthority(target: string): string | undefined {
  const match = ABSOLUTE_FORM.exec(target);
  if (!match) return undefined;
  const [, rest = ''] = match;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function checkQuery(query: string, takesToken: boolean): void {
  const pairs = query.split('&');
  if (pairs.length > MAX_PARAMETERS) {
    throw invalid('query', `query must not hold more than ${MAX_PARAMETERS} parameters`);
  }
  for (const pair of pairs) checkPair(pair, takesToken);
}

function checkPair(pair: string, takesToken: boolean): void {
  const equals = pair.indexOf('=');
  const name = decode(equals === -1 ? pair : pair.slice(0, equals), 'query');
  if (equals !== -1) decode(pair.slice(equals + 1), 'query');
  if (isPoisonedPath(name)) throw new CodedException(ERROR.BODY_NOT_JSON);
  if (isCredentialParameter(name) && !(takesToken && name === 'token')) {
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
