import type { RefreshToken } from './refresh-token.entity.js';

/** The columns that decide whether and how a session continues. */
export const LIVE_SESSION_COLUMNS = [
  'id',
  'accountId',
  'userId',
  'apiKeyId',
  'salt',
  'generation',
  'accessGeneration',
  'scope',
  'expiresAt',
  'rotatedAt',
  'steppedAt',
  'revokedAt',
  'lastAccessedAt',
] as const satisfies readonly (keyof RefreshToken)[];

/** A session as every request reads it, without the columns that only lists show. */
export type LiveSession = Pick<RefreshToken, (typeof LIVE_SESSION_COLUMNS)[number]>;
