import { invalidRequest } from '../common/validation/validation.pipe.js';
import {
  classifyCredentials,
  parseBasicCredentials,
  type BasicCredentials,
} from './basic-credentials.js';
import { tokenUnauthorized } from './token-challenge.js';
import type { TokenRequest } from './token-request.js';

/**
 * The one pair of credentials of a grant that signs in: in the header, in `username` and `password`, or in
 * `client_id` and `client_secret`. An empty client beside it is none (S-193).
 *
 * @throws CodedException 40001 for several pairs or half of one, 40101 for none and for a `Basic` header that
 *   is no credential
 */
export function grantCredentials(
  request: TokenRequest,
  authorization: string | undefined,
): BasicCredentials {
  const inHeader = headerCredentials(authorization);
  const inBody = [userCredentials(request), bodyClient(request)].filter(
    (each) => each !== undefined,
  );
  // A bearer or another scheme is no pair, and yet somebody's word beside the one in the body.
  const isHeaderTaken = inHeader !== undefined || isOtherScheme(authorization);
  if (inBody.length > 1 || (inBody.length === 1 && isHeaderTaken)) throw severalPairs(request);
  const credentials = inHeader ?? inBody[0];
  if (!credentials) throw tokenUnauthorized();
  return credentials;
}

/**
 * The credentials of a client that were sent along with a refresh, in the header or as `client_id` and
 * `client_secret`; nothing is proved yet.
 *
 * @returns `undefined` where none are: no header, another scheme, an empty client
 * @throws CodedException 40001 for both, 40101 for a `Basic` header that is no credential
 */
export function clientCredentials(
  request: Pick<TokenRequest, 'client'>,
  authorization: string | undefined,
): BasicCredentials | undefined {
  const inHeader = headerCredentials(authorization);
  const inBody = bodyClient(request);
  if (inHeader && inBody) throw severalPairs(request);
  return inHeader ?? inBody;
}

const BASIC_SCHEME = /^basic(?:\s|$)/i;

/** A `Basic` header that cannot be read is refused whatever else was sent (contract §3). */
function headerCredentials(authorization: string | undefined): BasicCredentials | undefined {
  if (!authorization || !BASIC_SCHEME.test(authorization)) return undefined;
  const credentials = parseBasicCredentials(authorization);
  if (!credentials) throw tokenUnauthorized('malformed Basic');
  return credentials.kind === 'empty' ? undefined : credentials;
}

function isOtherScheme(authorization: string | undefined): boolean {
  return Boolean(authorization) && !BASIC_SCHEME.test(authorization ?? '');
}

function userCredentials({
  grantType,
  username,
  password,
}: TokenRequest): BasicCredentials | undefined {
  if (username === undefined && password === undefined) return undefined;
  if (grantType !== 'password') {
    throw invalidRequest([
      { field: 'username', message: 'username does not belong to this grant' },
    ]);
  }
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? 'username' : 'password';
    throw invalidRequest([{ field: missing, message: `${missing} must be a string` }]);
  }
  return classifyCredentials(username, password);
}

/** Always a key: an address is never taken for a client, so that no password is tried as its secret. */
function bodyClient({ client }: Pick<TokenRequest, 'client'>): BasicCredentials | undefined {
  return client && { kind: 'api_key', key: client.id, secret: client.secret };
}

function severalPairs({ client }: Pick<TokenRequest, 'client'>) {
  const message = 'credentials must be sent once, in the header or in the body';
  return invalidRequest([{ field: client ? 'client_id' : 'username', message }]);
}
