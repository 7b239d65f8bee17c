import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Caller } from '../access/principal.js';
import type { ClientFacts } from '../common/client.decorator.js';
import { DurableJobs } from '../outbox/durable-jobs.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { MembersService } from '../users/members.service.js';
import { invitationTo } from '../users/new-members.service.js';
import { INVITATION_JOB } from './invitation-job.js';
import { requestOf } from './link-job.js';
import { PasswordsByLink } from './passwords-by-link.js';

/** Invites users who have no password yet, and lets them set one. */
@Injectable()
export class Invitations {
  constructor(
    private readonly members: MembersService,
    private readonly passwords: PasswordsByLink,
    private readonly jobs: DurableJobs,
    private readonly limits: ActionLimits,
  ) {}

  /**
   * Invites a user of the caller's account anew. The answer is the same for every user of the account: a job decides
   * afterwards whether there is anything to send (S-21).
   *
   * @throws CodedException 40410, 42901, 50301
   */
  async send(caller: Caller, userId: string): Promise<void> {
    const { id: createdBy, type: createdByType, accountId, origin } = caller;
    const { canonicalEmail } = await this.members.get(caller, userId);
    await this.limits.count('invitation', { caller: createdBy, account: accountId });
    if (!(await this.limits.allows('letter', invitationTo(canonicalEmail)))) return;
    const { clientAddress: address, requestId } = origin;
    const facts = { linkId: randomUUID(), accountId, userId, createdBy, createdByType };
    const job = { ...facts, ...requestOf({ address, requestId }) };
    await this.jobs.enqueue(INVITATION_JOB, userId, job);
  }

  /**
   * Sets the password of an invited user, who may then sign in. It does not verify the address.
   *
   * @throws CodedException 40005, 40001 for the password, 42901, 50301
   */
  accept(token: string, password: string, client: ClientFacts): Promise<void> {
    const purpose = 'invitation';
    return this.passwords.set({ purpose, token, password, field: 'password' }, client);
  }
}
