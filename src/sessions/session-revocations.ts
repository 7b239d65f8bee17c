import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { AuditLog } from '../common/logging/audit-log.js';
import type { SessionHolder } from './session-holder.js';
import { SessionsRepository } from './sessions.repository.js';

/** No session has this id, so that none is left out. */
const NO_ID = '';

/** A user or key, and the account that it belongs to. */
interface AccountHolder extends SessionHolder {
  readonly accountId: string;
}

/** Ends many sessions of one holder, each with its line in the audit. */
@Injectable()
export class SessionRevocations {
  constructor(
    private readonly repository: SessionsRepository,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Ends the holder's sessions with a refresh token in the caller's transaction.
   *
   * @param actorId who ends them
   * @returns to be called after the commit: records what was ended
   */
  async endAllOf(
    holder: AccountHolder,
    actorId: string,
    manager: EntityManager,
    exceptId = NO_ID,
  ): Promise<() => void> {
    const now = this.clock.now();
    const ids = await this.repository.findLiveIds(holder, exceptId, now, manager);
    if (ids.length > 0) await this.repository.revokeMany(ids, now, manager);
    return () => {
      for (const sessionId of ids) this.record(holder, sessionId, actorId);
    };
  }

  /** After a lost COMMIT: `undefined` while a session is live. Which ones had ended is not known any more. */
  async announcementOnceEnded(
    holder: SessionHolder,
    manager: EntityManager,
    exceptId = NO_ID,
  ): Promise<(() => void) | undefined> {
    const live = await this.repository.findLiveIds(holder, exceptId, this.clock.now(), manager);
    return live.length === 0 ? () => undefined : undefined;
  }

  private record({ type, id, accountId }: AccountHolder, sessionId: string, actorId: string): void {
    const whose = type === 'user' ? { userId: id } : { apiKeyId: id };
    this.audit.record({ event: 'session.revoked', accountId, ...whose, sessionId, actorId });
  }
}
