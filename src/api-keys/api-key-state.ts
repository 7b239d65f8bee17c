import { compileAddressList } from '../common/transport/address-list.js';
import type { ApiKey } from './api-key.entity.js';

/** A key that nobody used for so long is over (seed, S-87). */
export const UNUSED_LIMIT_MS = 90 * 86_400_000;

export type ApiKeyFault = 'revoked' | 'expired' | 'unused';

/** Why the key opens nothing now; `undefined` while it does. */
export function apiKeyFault(
  key: Pick<ApiKey, 'revokedAt' | 'expiresAt' | 'lastAccessedAt' | 'createdAt'>,
  now: number,
): ApiKeyFault | undefined {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  const lastUse = key.lastAccessedAt ?? key.createdAt;
  return lastUse + UNUSED_LIMIT_MS <= now ? 'unused' : undefined;
}

/** Whether the key may be used from there (S-195). */
export function isAllowedFrom(
  { allowedIps }: Pick<ApiKey, 'allowedIps'>,
  address: string,
): boolean {
  return allowedIps === null || compileAddressList(allowedIps)(address);
}
