import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Database } from '../database/database.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { DurableJobs } from '../outbox/durable-jobs.js';
import { LinkAuthors, type Authored } from './link-authors.js';
import { originOf, type JobFacts } from './link-job.js';

export const INVITATION_JOB = 'invitation';

/** Makes the link of an invitation that was asked for, if the user may have one. */
@Injectable()
export class InvitationJob {
  constructor(
    private readonly links: OneTimeLinks,
    private readonly authors: LinkAuthors,
    private readonly database: Database,
    jobs: DurableJobs,
  ) {
    jobs.handle(INVITATION_JOB, (facts) => this.run(facts));
  }

  private async run(facts: JobFacts): Promise<void> {
    const { linkId = '', accountId = '', userId = '', createdBy = '' } = facts;
    const createdByType = facts.createdByType as OneTimeLink['createdByType'];
    const author = { accountId, userId, createdBy, createdByType };
    await this.database.transaction(
      (manager) => this.invite(author, linkId, manager),
      async (manager) => ((await this.links.findIn(linkId, manager)) ? true : undefined),
      NO_ACCESS,
      (isInvited): readonly NewEvent[] => {
        const by = { accountId, actorId: createdBy, actorType: createdByType, ...originOf(facts) };
        return isInvited ? [{ name: 'invitation.created', ...by, userId, linkId }] : [];
      },
    );
  }

  /** @returns whether this call did: not for the owner, a disabled user, or one who has a password */
  private async invite(author: Authored, linkId: string, manager: EntityManager): Promise<boolean> {
    const user = await this.authors.lock(author, manager);
    if (!user?.isActive || user.role === 'owner' || user.passwordHash !== null) return false;
    // The job was done already, but not yet removed.
    if (await this.links.findIn(linkId, manager)) return false;
    const { emailAddress: address, role } = user;
    const facts = { purpose: 'invitation', ...author, address, role } as const;
    await this.links.add(this.links.prepare(facts, linkId), manager);
    return true;
  }
}
