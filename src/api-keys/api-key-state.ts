import { compileAddressList, type AddressList } from '../common/transport/address-list.js';
import type { ApiKey } from './api-key.entity.js';

/** A key that has not been used for this long has ended (contract §7, S-87). */
export const UNUSED_LIMIT_MS = 90 * 86_400_000;

export type ApiKeyFault = 'revoked' | 'expired' | 'unused';

/** The reason why the key is not usable now; `undefined` for a usable key. */
export function apiKeyFault(
  key: Pick<ApiKey, 'revokedAt' | 'expiresAt' | 'lastAccessedAt' | 'createdAt'>,
  now: number,
): ApiKeyFault | undefined {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return unusedUntil(key) <= now ? 'unused' : undefined;
}

/** Whether the digest is that of the current secret, or of the previous one within its overlap (contract §7). */
export function isSecretOf(
  key: Pick<ApiKey, 'secretDigest' | 'previousSecretDigest' | 'previousValidUntil'>,
  digest: string | undefined,
  now: number,
): boolean {
  if (digest === undefined) return false;
  const isInOverlap = (key.previousValidUntil ?? 0) > now;
  return digest === key.secretDigest || (isInOverlap && digest === key.previousSecretDigest);
}

/** When the key expires or lapses unless it is used, in ms since the epoch. */
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

/** The addresses that the key may be used from; `undefined` for any (S-195). */
export function allowedAddresses({
  allowedIps,
}: Pick<ApiKey, 'allowedIps'>): AddressList | undefined {
  return allowedIps === null ? undefined : compileAddressList(allowedIps);
}

/** Whether the key may be used from the address (S-195). */
export function isAllowedFrom(key: Pick<ApiKey, 'allowedIps'>, address: string): boolean {
  return allowedAddresses(key)?.(address) ?? true;
}
