import { compileAddressList, type AddressList } from '../common/transport/address-list.js';
import type { ApiKey } from './api-key.entity.js';

/** A key that was not used for so long is over (contract §7, S-87). */
export const UNUSED_LIMIT_MS = 90 * 86_400_000;

export type ApiKeyFault = 'revoked' | 'expired' | 'unused';

/** Why the key opens nothing now; `undefined` while it does. */
export function apiKeyFault(
  key: Pick<ApiKey, 'revokedAt' | 'expiresAt' | 'lastAccessedAt' | 'createdAt'>,
  now: number,
): ApiKeyFault | undefined {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return unusedUntil(key) <= now ? 'unused' : undefined;
}

/** Whether the digest is that of the secret, or of the one before it within its overlap (contract §7). */
export function isSecretOf(
  key: Pick<ApiKey, 'secretDigest' | 'previousSecretDigest' | 'previousValidUntil'>,
  digest: string | undefined,
  now: number,
): boolean {
  if (digest === undefined) return false;
  const isInOverlap = (key.previousValidUntil ?? 0) > now;
  return digest === key.secretDigest || (isInOverlap && digest === key.previousSecretDigest);
}

/** When time alone ends the key, in ms since the epoch. */
export function usableUntil(
  key: Pick<ApiKey, 'expiresAt' | 'lastAccessedAt' | 'createdAt'>,
): number {
  return Math.min(key.expiresAt ?? Infinity, unusedUntil(key));
}

function unusedUntil({
  lastAccessedAt,
  createdAt,
}: Pick<ApiKey, 'lastAccessedAt' | 'createdAt'>): number {
  return (lastAccessedAt ?? createdAt) + UNUSED_LIMIT_MS;
}

/** Where the key may be used from; `undefined`: anywhere (S-195). */
export function allowedAddresses({
  allowedIps,
}: Pick<ApiKey, 'allowedIps'>): AddressList | undefined {
  return allowedIps === null ? undefined : compileAddressList(allowedIps);
}

/** Whether the key may be used from there (S-195). */
export function isAllowedFrom(key: Pick<ApiKey, 'allowedIps'>, address: string): boolean {
  return allowedAddresses(key)?.(address) ?? true;
}
