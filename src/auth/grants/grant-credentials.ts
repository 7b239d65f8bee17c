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
 * The one pair of credentials of a grant that signs in: in the header, in `username` and `password`, or in
 * `client_id` and `client_secret`. An empty client beside it is none (S-193).
 *
 * @throws CodedException 40001 for several pairs, half of one, or a user's where none is taken; 40101 for no pair
 *   and for a `Basic` header that is no credential
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
  // A bearer or another scheme is no pair, and yet a second credential beside the one in the body.
  const isOtherScheme = Boolean(authorization) && !BASIC_SCHEME.test(authorization ?? '');
  const isHeaderTaken = inHeader !== undefined || isOtherScheme;
  if (inBody.length > 1 || (inBody.length === 1 && isHeaderTaken)) throw severalPairs(request);
  const credentials = inHeader ?? inBody[0];
  if (!credentials) throw tokenUnauthorized();
  return credentials;
}

/**
 * The credentials of a client that were sent along with a refresh, in the header or as `client_id` and
 * `client_secret`; nothing is proved yet.
 *
 * @returns `undefined` for no header, another scheme, or an empty client
 * @throws CodedException 40001 for both, 40101 for a `Basic` header that is no credential
 */
export function clientCredentials(request: TokenRequest): BasicCredentials | undefined {
  const inHeader = headerCredentials(request);
  const inBody = bodyClient(request);
  if (inHeader && inBody) throw severalPairs(request);
  return inHeader ?? inBody;
}

/** @throws CodedException 40001 for `username` or `password` at a grant that takes no user */
export function refuseUserCredentials({ username, password }: TokenRequest): void {
  if (username === undefined && password === undefined) return;
  throw invalidRequest([{ field: 'username', message: 'username does not belong to this grant' }]);
}

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

const BASIC_SCHEME = /^basic(?:\s|$)/i;

/** A `Basic` header that cannot be read is refused whatever else was sent (contract §3). */
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

/** Always a key: an address is never taken for a client, so that no password is tried as its secret. */
function bodyClient({ clientPair }: TokenRequest): BasicCredentials | undefined {
  return clientPair && { kind: 'api_key', key: clientPair.id, secret: clientPair.secret };
}

function severalPairs({ clientPair }: TokenRequest): CodedException {
  const message = 'credentials must be sent once, in the header or in the body';
  return invalidRequest([{ field: clientPair ? 'client_id' : 'username', message }]);
}
