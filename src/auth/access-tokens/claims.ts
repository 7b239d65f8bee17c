/** RFC 9068 §2.1: no other signed token can pass as an access token (S-70). */
export const TOKEN_TYPE = 'at+jwt';

/** The claims of an access token (contract §4). */
export interface AccessTokenClaims {
  /** Generation of the token in the rotating pair (contract §3); absent in tokens of earlier releases. */
  readonly access_generation?: number;
  readonly account_id: string;
  readonly aud: string;
  readonly exp: number;
  readonly iat: number;
  readonly id: string;
  readonly is_account_verified: boolean;
  readonly iss: string;
  readonly jti: string;
  readonly name: string;
  readonly scope: readonly string[];
  readonly sid: string;
  readonly sub: string;
  readonly subject: string;
  readonly type: 'user' | 'api_key';
}

type Check = (value: unknown) => boolean;
type AddedClaim = 'access_generation';

/** Claims that every access token has had since the first release. */
const FIRST_CHECKS: Readonly<Record<Exclude<keyof AccessTokenClaims, AddedClaim>, Check>> = {
  account_id: isText,
  aud: isText,
  exp: Number.isSafeInteger,
  iat: Number.isSafeInteger,
  id: isText,
  is_account_verified: (value) => typeof value === 'boolean',
  iss: isText,
  jti: isText,
  name: (value) => typeof value === 'string',
  scope: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  sid: isText,
  sub: isText,
  subject: isText,
  type: (value) => value === 'user' || value === 'api_key',
};

/** Claims added since. Tokens that were issued before a deploy lack them and stay good. */
const ADDED_CHECKS: Readonly<Record<AddedClaim, Check>> = {
  access_generation: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};

const CHECKS: readonly (readonly [string, Check])[] = [
  ...Object.entries(FIRST_CHECKS),
  ...Object.entries(ADDED_CHECKS).map(
    ([name, check]) => [name, (value: unknown) => value === undefined || check(value)] as const,
  ),
];

/** Registered claims that Gatehouse never writes, but that readers of tokens may interpret (RFC 7519 §4.1). */
const UNUSED_REGISTERED = ['nbf', 'cnf', 'client_id'];

const RESERVED: ReadonlySet<string> = new Set([
  ...CHECKS.map(([name]) => name),
  ...UNUSED_REGISTERED,
]);

/** Whether the name is reserved, so that a host may not use it for a claim of its own. */
export function isReservedClaim(name: string): boolean {
  return RESERVED.has(name);
}

/** The claims of a token that are the host's own. */
export function ownClaimsIn(claims: AccessTokenClaims): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !RESERVED.has(name)));
}

/** Whether every claim is present and has its type, which a valid signature does not guarantee (S-69). */
export function hasAccessTokenForm(payload: unknown): payload is AccessTokenClaims {
  if (typeof payload !== 'object' || payload === null) return false;
  const claims = payload as Record<string, unknown>;
  return CHECKS.every(([name, isGood]) => isGood(claims[name]));
}

/**
 * Whether the token is byte for byte what Gatehouse writes. This refuses duplicate claims, and signatures with changed
 * unused bits at the end (S-78).
 */
export function isWrittenByUs(token: string, claims: AccessTokenClaims): boolean {
  const [, payload = '', signature = ''] = token.split('.');
  return (
    Buffer.from(JSON.stringify(claims)).toString('base64url') === payload &&
    Buffer.from(signature, 'base64url').toString('base64url') === signature
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
