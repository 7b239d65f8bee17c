// Access tokens of a service, read and changed past it.
import { createHmac } from 'node:crypto';

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** The token with other claims, signed with the service's `JWT_SECRET` (or another) under the same header. */
export function resigned(token: string, change: object, secret: string): string {
  const payload = Buffer.from(JSON.stringify({ ...claimsOf(token), ...change }));
  const signed = `${token.split('.')[0]}.${payload.toString('base64url')}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
