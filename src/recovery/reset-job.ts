import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import { ANONYMOUS, type NewEvent } from '../events/gatehouse-event.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { DurableJobs } from '../outbox/durable-jobs.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { originOf, type JobFacts } from './link-job.js';

export const RESET_JOB = 'password_reset';

/** Looks up the address of a requested reset, and makes a link if there is a password to reset. */
@Injectable()
export class ResetJob {
  constructor(
    private readonly links: OneTimeLinks,
    private readonly users: UsersService,
    private readonly database: Database,
    private readonly clock: Clock,
    jobs: DurableJobs,
  ) {
    jobs.handle(RESET_JOB, (facts) => this.run(facts));
  }

  private async run(facts: JobFacts): Promise<void> {
    const { linkId = '', address = '', at = '' } = facts;
    const found = await this.users.findByEmail(address);
    if (!found || !mayReset(found)) return;
    const { id: userId, accountId } = found;
    await this.database.transaction(
      (manager) => this.add(found, linkId, Number(at), manager),
      async (manager) => ((await this.links.findIn(linkId, manager)) ? true : undefined),
      NO_ACCESS,
      (isMade): readonly NewEvent[] => {
        const requested = { name: 'password_reset.requested', accountId, userId, linkId } as const;
        return isMade ? [{ ...requested, ...ANONYMOUS, ...originOf(facts) }] : [];
      },
    );
  }

  /** @returns whether this call has made the link */
  private async add(
    { id, accountId }: User,
    linkId: string,
    requestedAt: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const user = await this.users.lock(accountId, id, manager);
    if (!user || !mayReset(user)) return false;
    // A job that is done twice would otherwise make a link work again that has been used in between. A change in the
    // future is one from before the clock was set back, which must not stop resets until then.
    const hasChanged = user.modifiedAt > requestedAt && user.modifiedAt <= this.clock.now();
    if (hasChanged || (await this.links.findIn(linkId, manager))) return false;
    const { emailAddress: address, role } = user;
    const of = { purpose: 'reset', userId: id, accountId, address, role } as const;
    const by = { createdBy: ANONYMOUS.actorId, createdByType: ANONYMOUS.actorType };
    await this.links.add(this.links.prepare({ ...of, ...by }, linkId), manager);
    return true;
  }
}

/** An invited user sets the first password by the invitation, behind which its author must still stand (S-109). */
function mayReset({ isActive, account, passwordHash }: User): boolean {
  return isActive && account?.isActive === true && passwordHash !== null;
}
