import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { ClientFacts } from '../common/client.decorator.js';
import { Clock } from '../common/clock.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { DurableJobs } from '../outbox/durable-jobs.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { canonicalEmail } from '../users/canonical-email.js';
import { requestOf } from './link-job.js';
import { PasswordsByLink } from './passwords-by-link.js';
import { RESET_JOB } from './reset-job.js';

/** Lets users who have lost their password set another one, by a link that is sent to them. */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly passwords: PasswordsByLink,
    private readonly jobs: DurableJobs,
    private readonly limits: ActionLimits,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a request for a link. Every address causes the same statements, and a job looks it up afterwards, so that nobody
   * learns who has an account (S-21). The limit of an address is not shown either: its user has got links already.
   *
   * @throws CodedException 40001 for what is no address, 42901, 50301
   */
  async request(emailAddress: string, client: ClientFacts): Promise<void> {
    const address = canonicalEmail(emailAddress);
    if (address === undefined) {
      const message = 'email_address must be an email';
      throw invalidRequest([{ field: 'email_address', message }]);
    }
    await this.limits.count('password_reset', { network: client.address });
    if (!(await this.limits.allows('letter', { recipient: `reset ${address}` }))) return;
    const facts = { linkId: randomUUID(), address, at: String(this.clock.now()) };
    await this.jobs.enqueue(RESET_JOB, address, { ...facts, ...requestOf(client) });
  }

  /**
   * Sets a new password, and ends all sessions and all other resets (S-55, S-110).
   *
   * @throws CodedException 40005, 40001 for the password, 42901, 50301
   */
  confirm(token: string, password: string, client: ClientFacts): Promise<void> {
    return this.passwords.set({ purpose: 'reset', token, password, field: 'new_password' }, client);
  }
}
