import { randomBytes, randomUUID } from 'node:crypto';
import type { ClientFacts } from '../common/client.decorator.js';
import type { RefreshToken } from './refresh-token.entity.js';
import type { SessionOwner } from './session-owner.js';

/** The values of a new session. */
export interface NewSession {
  readonly accountId: string;
  readonly owner: SessionOwner;
  /** Names the grant is narrowed to; `undefined`: all that the role holds. */
  readonly scope: readonly string[] | undefined;
  readonly client: ClientFacts;
}

/**
 * The row of a session that is not stored yet, so that its id is known before the commit (S-176).
 *
 * @param hasRefreshToken if `false`, the row has no salt, so that no token can be derived
 */
export function newSession(
  { accountId, owner, scope, client }: NewSession,
  now: number,
  lifetimeMs: number,
  hasRefreshToken: boolean,
): RefreshToken {
  return {
    id: randomUUID(),
    accountId,
    userId: owner.type === 'user' ? owner.id : null,
    apiKeyId: owner.type === 'api_key' ? owner.id : null,
    salt: hasRefreshToken ? randomBytes(32).toString('base64url') : null,
    keyId: null,
    generation: 0,
    accessGeneration: 0,
    scope: scope ? scope.join(' ') : null,
    createdAt: now,
    modifiedAt: now,
    lastAccessedAt: now,
    expiresAt: now + lifetimeMs,
    rotatedAt: null,
    steppedAt: null,
    revokedAt: null,
    ipAddress: client.address,
    userAgent: client.userAgent,
  };
}
