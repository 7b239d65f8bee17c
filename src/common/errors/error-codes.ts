/** One refusal as a client sees it. */
export interface ErrorEntry {
  /** Stable number; clients branch on it. Never renumbered, never reused. */
  readonly code: number;
  /** HTTP status of the response. */
  readonly status: number;
  /** One sentence, part of the API like the code. */
  readonly message: string;
  /** RFC 6749 §5.2 `error`, sent at the token endpoint only. */
  readonly oauthError: string;
}

function entry(
  code: number,
  status: number,
  message: string,
  oauthError = status >= 500 ? 'server_error' : 'invalid_request',
): ErrorEntry {
  return { code, status, message, oauthError };
}

const REFRESH_TOKEN_INVALID_MESSAGE = 'Refresh token is invalid';

/**
 * The error catalogue: the only place that defines a code, its status and its public message.
 *
 * The first three digits name the family and, as a rule, the status. The exceptions are those of the
 * SMTPD authentication API (contract §8): 40102 is sent as 403, and 40106 as 403 at refresh but 401 at
 * revoke, hence its two entries.
 *
 * @public
 */
export const ERROR = {
  REQUEST_INVALID: entry(40001, 400, 'Request is invalid'),
  BODY_NOT_JSON: entry(40002, 400, 'Request body is not valid JSON'),
  GRANT_TYPE_UNSUPPORTED: entry(
    40003,
    400,
    'Grant type is not supported',
    'unsupported_grant_type',
  ),
  SCOPE_NOT_GRANTED: entry(40004, 400, 'Requested scope is not granted', 'invalid_scope'),
  LINK_INVALID: entry(40005, 400, 'Link is invalid or has expired'),
  AUTHENTICATION_REQUIRED: entry(40101, 401, 'Authentication is required', 'invalid_client'),
  CREDENTIALS_INCORRECT: entry(40102, 403, 'Username and password are incorrect', 'invalid_grant'),
  ACCESS_TOKEN_INVALID: entry(40103, 401, 'Access token is invalid'),
  ACCESS_TOKEN_EXPIRED: entry(40104, 401, 'Access token has expired'),
  API_KEY_INVALID: entry(40105, 401, 'API key is invalid'),
  REFRESH_TOKEN_INVALID: entry(40106, 403, REFRESH_TOKEN_INVALID_MESSAGE, 'invalid_grant'),
  REFRESH_TOKEN_INVALID_AT_REVOKE: entry(40106, 401, REFRESH_TOKEN_INVALID_MESSAGE),
  HTTPS_REQUIRED: entry(40301, 403, 'HTTPS is required'),
  SCOPE_INSUFFICIENT: entry(40302, 403, 'Scope is insufficient'),
  OWNER_PROTECTED: entry(40303, 403, 'Owner cannot be changed this way'),
  SIGN_UP_REFUSED: entry(40304, 403, 'Account cannot be opened'),
  ROUTE_NOT_FOUND: entry(40400, 404, 'Route is not found'),
  RESOURCE_NOT_FOUND: entry(40410, 404, 'Resource is not found'),
  METHOD_NOT_ALLOWED: entry(40501, 405, 'Method is not allowed'),
  REQUEST_TIMEOUT: entry(40801, 408, 'Request took too long to arrive'),
  RESOURCE_CONFLICT: entry(40901, 409, 'Resource already exists / is in use'),
  LIMIT_REACHED: entry(40902, 409, 'Limit is reached'),
  BODY_TOO_LARGE: entry(41301, 413, 'Request body is too large'),
  CONTENT_TYPE_UNSUPPORTED: entry(41501, 415, 'Content type is not supported'),
  TOO_MANY_REQUESTS: entry(42901, 429, 'Too many requests'),
  HEADERS_TOO_LARGE: entry(43101, 431, 'Request headers are too large'),
  INTERNAL: entry(50001, 500, 'Internal error'),
  UNAVAILABLE: entry(50301, 503, 'Service is temporarily unavailable', 'temporarily_unavailable'),
} as const satisfies Record<string, ErrorEntry>;
