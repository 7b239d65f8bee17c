import { BASIC_CHALLENGE } from '../../access/challenge.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { invalidRequest } from '../../common/validation/validation.pipe.js';
import {
  classifyCredentials,
  parseBasicCredentials,
  type BasicCredentials,
} from '../credentials.js';
import type { TokenRequest } from './grant.js';

/**
 * Reads the one pair of credentials of a sign-in: from the header, from `username` and `password`, or from `client_id`
 * and `client_secret`. An empty client counts as absent (S-193).
 *
 * @throws CodedException 40001 for several pairs, half a pair, or a user's pair where none is accepted; 40101 for no
 *   pair and for a malformed `Basic` header
 */
export function signInCredentials(
  request: TokenRequest,
  { takesUser }: { readonly takesUser: boolean },
): BasicCredentials {
  const { authorization } = request;
  const inHeader = headerCredentials(request);
  if (!takesUser) refuseUserCredentials(request);
  const inBody = [userCredentials(request), bodyClient(request)].filter(
    (each) => each !== undefined,
  );
  // A bearer or another scheme is not a pair, but conflicts with a pair in the body.
  const isOtherScheme = Boolean(authorization) && !BASIC_SCHEME.test(authorization ?? '');
  const isHeaderTaken = inHeader !== undefined || isOtherScheme;
  if (inBody.length > 1 || (inBody.length === 1 && isHeaderTaken)) throw severalPairs(request);
  const credentials = inHeader ?? inBody[0];
  if (!credentials) throw tokenUnauthorized();
  return credentials;
}

/**
 * Reads the client credentials of a refresh, from the header or from `client_id` and `client_secret`, without verifying
 * them.
 *
 * @returns `undefined` for no header, another scheme, or an empty client
 * @throws CodedException 40001 for both, 40101 for a malformed `Basic` header
 */
export function clientCredentials(request: TokenRequest): BasicCredentials | undefined {
  const inHeader = headerCredentials(request);
  const inBody = bodyClient(request);
  if (inHeader && inBody) throw severalPairs(request);
  return inHeader ?? inBody;
}

/** @throws CodedException 40001 for `username` or `password` at a grant that accepts no user */
export function refuseUserCredentials({ username, password }: TokenRequest): void {
  if (username === undefined && password === undefined) return;
  throw invalidRequest([{ field: 'username', message: 'username does not belong to this grant' }]);
}

/**
 * The 401 of the token endpoint, which accepts no bearer token; RFC 6749 §5.2 calls it `invalid_client`.
 *
 * @param detail for the log only
 */
export function tokenUnauthorized(detail?: string): CodedException {
  return new CodedException(ERROR.AUTHENTICATION_REQUIRED, {
    headers: { 'WWW-Authenticate': BASIC_CHALLENGE },
    ...(detail === undefined ? {} : { detail }),
  });
}

const BASIC_SCHEME = /^basic(?:\s|$)/i;

/** A malformed `Basic` header is refused, even beside valid credentials in the body (contract §3). */
function headerCredentials({ authorization }: TokenRequest): BasicCredentials | undefined {
  if (!authorization || !BASIC_SCHEME.test(authorization)) return undefined;
  const credentials = parseBasicCredentials(authorization);
  if (!credentials) throw tokenUnauthorized('malformed Basic');
  return credentials.kind === 'empty' ? undefined : credentials;
}

function userCredentials({ username, password }: TokenRequest): BasicCredentials | undefined {
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? 'username' : 'password';
    throw invalidRequest([{ field: missing, message: `${missing} must be a string` }]);
  }
  return classifyCredentials(username, password);
}

/** Always an API key: an address is not accepted as a client, so that no password is checked as its secret. */
function bodyClient({ clientPair }: TokenRequest): BasicCredentials | undefined {
  return clientPair && { kind: 'api_key', key: clientPair.id, secret: clientPair.secret };
}

function severalPairs({ clientPair }: TokenRequest): CodedException {
  const message = 'credentials must be sent once, in the header or in the body';
  return invalidRequest([{ field: clientPair ? 'client_id' : 'username', message }]);
}
