import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { Clock } from '../common/clock.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import type { SessionOwner } from './session-owner.js';
import { SessionsRepository } from './sessions.repository.js';

/** No session has this id, so that none is excluded. */
const NO_ID = '';

/** Ends many sessions of one holder, each with an event of its own. */
@Injectable()
export class SessionRevocations {
  constructor(
    private readonly repository: SessionsRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends the holder's sessions with a refresh token in the caller's transaction.
   *
   * @param actor ends them
   * @returns the events of those that were ended
   */
  async endAllOf(
    owner: SessionOwner,
    actor: Actor,
    manager: EntityManager,
    exceptId = NO_ID,
  ): Promise<readonly NewEvent[]> {
    const now = this.clock.now();
    const ids = await this.repository.findLiveIds(owner, exceptId, now, manager);
    // All, not only these: in a transaction of the host, the read may see an old snapshot.
    await this.repository.revokeOthers(owner, exceptId, now, manager);
    return ids.map((sessionId) => sessionRevoked(owner, sessionId, actor));
  }

  /** Ends one live session of the holder in the caller's transaction; returns whether this call did. */
  endOneOf(owner: SessionOwner, sessionId: string, manager: EntityManager): Promise<boolean> {
    return this.repository.revokeOf(owner, sessionId, this.clock.now(), manager);
  }

  /** After a lost COMMIT: whether the session has ended. */
  async hasEnded(sessionId: string, manager: EntityManager): Promise<boolean> {
    const session = await this.repository.findById(sessionId, manager);
    return session !== null && session.revokedAt !== null;
  }

  /** After a lost COMMIT: whether all sessions of the holder have ended. */
  async haveAllEnded(
    owner: SessionOwner,
    manager: EntityManager,
    exceptId = NO_ID,
  ): Promise<boolean> {
    const live = await this.repository.findLiveIds(owner, exceptId, this.clock.now(), manager);
    return live.length === 0;
  }
}

export function sessionRevoked(
  { type, id }: SessionOwner,
  sessionId: string,
  actor: Actor,
): NewEvent<'session.revoked'> {
  const userId = type === 'user' ? id : undefined;
  const apiKeyId = type === 'api_key' ? id : undefined;
  return { name: 'session.revoked', ...by(actor), userId, apiKeyId, sessionId };
}
