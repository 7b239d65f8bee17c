// Reads and changes access tokens of a service.
import { createHmac } from 'node:crypto';

export function claimsOf(token: string): Record<string, unknown> {
  return partOf(token, 1);
}

interface Changes {
  readonly claims?: object;
  readonly header?: object;
  readonly hash?: string;
}

/** The token with other claims or another header, signed with the service's `JWT_SECRET` or another secret. */
export function resigned(
  token: string,
  secret: string,
  { claims = {}, header = {}, hash = 'sha256' }: Changes,
): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = encode({ ...partOf(token, 0), ...header });
  const body = encode({ ...claimsOf(token), ...claims });
  const signature = createHmac(hash, secret).update(`${head}.${body}`);
  return `${head}.${body}.${signature.digest('base64url')}`;
}

function partOf(token: string, index: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
}
