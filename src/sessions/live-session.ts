import type { RefreshToken } from './refresh-token.entity.js';

/** What decides whether a session goes on, and how. */
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

/** A session as it is read for every request: without what only lists show. */
export type LiveSession = Pick<RefreshToken, (typeof LIVE_SESSION_COLUMNS)[number]>;
