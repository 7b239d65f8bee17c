import { Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { Database } from '../database/database.js';
import { SessionRevocations, sessionRevoked } from './session-revocations.js';
import { SessionsRepository } from './sessions.repository.js';

/** Ends sessions for their own holder, and locks the session of an acting principal. */
@Injectable()
export class OwnSessionsService {
  constructor(
    private readonly repository: SessionsRepository,
    private readonly revocations: SessionRevocations,
    private readonly authorization: ActorAuthorization,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    authorization.registerSessionLock((owner, id, manager) =>
      this.repository.lockLive(owner, id, this.clock.now(), manager),
    );
  }

  /**
   * Ends one of the caller's own sessions (S-60).
   *
   * @throws CodedException 40103, 40105; 40410 for a session that is not live or belongs to somebody else
   */
  async end(principal: Principal, id: string): Promise<void> {
    const now = this.clock.now();
    const hasEnded = await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(principal, { needs: [] }, manager);
        return this.repository.revokeOf(principal, id, now, manager);
      },
      async (manager) => {
        const session = await this.repository.findById(id, manager);
        return session?.revokedAt === null ? undefined : session?.revokedAt === now;
      },
      [id],
      (isEnded) => (isEnded ? [sessionRevoked(principal, id, principal)] : []),
    );
    if (!hasEnded) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  }

  /**
   * Ends the caller's own sessions (S-60).
   *
   * @param exceptId the session that continues; `undefined` for none
   * @throws CodedException 40103, 50301
   */
  async endAll(principal: Principal, exceptId: string | undefined): Promise<void> {
    await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(principal, { needs: [] }, manager);
        return this.revocations.endAllOf(principal, principal, manager, exceptId);
      },
      async (manager, ended) =>
        (await this.revocations.haveAllEnded(principal, manager, exceptId)) ? ended : undefined,
      [principal.id],
      (ended) => ended,
    );
  }
}
