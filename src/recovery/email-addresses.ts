import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Caller } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { clientOrigin, type ClientFacts } from '../common/client.decorator.js';
import { Clock } from '../common/clock.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { OwnPassword } from '../users/own-password.js';
import { UserAddresses } from '../users/user-addresses.js';
import { RefusedLinks } from './refused-links.js';

/** Purposes of the links that confirm an address. */
type AddressPurpose = 'verification' | 'email_change';

/** Confirms addresses by their links, and changes those of the callers. */
@Injectable()
export class EmailAddresses {
  constructor(
    private readonly addresses: UserAddresses,
    private readonly ownPassword: OwnPassword,
    private readonly authorization: ActorAuthorization,
    private readonly links: OneTimeLinks,
    private readonly limits: ActionLimits,
    private readonly refusedLinks: RefusedLinks,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks a new address of the calling user to confirm itself; only then the change takes effect (S-112). The request has
   * the same effects whether or not the address is in use; one that is in use when it confirms is refused then (S-20).
   * A link for another new address ends.
   *
   * @throws CodedException 40001 for the address, 40102, also for a password that is changed meanwhile; 40103, 42901, 50301
   */
  async requestChange(caller: Caller, currentPassword: string, address: string): Promise<void> {
    const canonical = this.addresses.canonical(address, 'new_email_address');
    const user = await this.ownPassword.confirm(caller, currentPassword);
    await this.limits.count('email_change', { caller: caller.id });
    await this.limits.count('letter', { recipient: `email-change ${canonical}` });
    const { id: userId, accountId, role } = user;
    const author = by(caller);
    const link = this.links.prepare({
      purpose: 'email_change',
      accountId,
      userId,
      address,
      role,
      createdBy: author.actorId,
      createdByType: author.actorType,
    });
    const isAsked = await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(caller, { needs: [] }, manager);
        // A link that is stored after a change of the password would outlive the links that the change has ended.
        if (!(await this.ownPassword.isUnchanged(user, manager))) return false;
        await this.links.voidAll(userId, manager, ['email_change']);
        await this.links.add(link, manager);
        return true;
      },
      async (manager) => ((await this.links.findIn(link.id, manager)) ? true : undefined),
      NO_ACCESS,
      (isStored) =>
        isStored ? [{ name: 'email.change_requested', ...author, userId, linkId: link.id }] : [],
    );
    if (!isAsked) throw await this.ownPassword.changedMeanwhile(caller);
  }

  /**
   * Uses the link of a token: confirms the address that its user has, or gives the user the new one.
   *
   * @param purposes what the link may be for
   * @throws CodedException 40005, the same for every reason; 50301
   */
  async confirm(
    token: string,
    client: ClientFacts,
    purposes: readonly AddressPurpose[] = ['verification', 'email_change'],
  ): Promise<void> {
    let link: OneTimeLink | undefined;
    for (const purpose of purposes) link ??= await this.links.find(purpose, token);
    const reason = link ? await this.use(link, client) : 'unknown, used, expired or void';
    if (reason === undefined) return;
    throw await this.refusedLinks.refusal(link, reason, client);
  }

  /** @returns why the link is refused, if it is */
  private async use(link: OneTimeLink, client: ClientFacts): Promise<string | undefined> {
    const { accountId, userId } = link;
    const modifiedAt = this.clock.now();
    const isChange = link.purpose === 'email_change';
    const name = isChange ? 'email.changed' : 'email.verified';
    // By the user, whom the link has proved.
    const author = { accountId, actorId: userId, actorType: 'user' } as const;
    const used: NewEvent = { name, ...author, ...clientOrigin(client), userId };
    try {
      const refusal = await this.database.transaction(
        (manager) => this.useLocked(link, modifiedAt, manager),
        async (manager) => {
          const user = await this.addresses.find(link, manager);
          const isDone = user?.modifiedAt === modifiedAt && this.addresses.isPresent(user, link);
          return isDone ? null : undefined;
        },
        // The account is verified with the address of its owner.
        [userId, accountId],
        (reason) => (reason === null ? [used] : []),
      );
      return refusal ?? undefined;
    } catch (error) {
      if (isChange && isUniqueViolation(error)) return 'address in use';
      throw error;
    }
  }

  /** @returns why the link is refused; `null` once it is used */
  private async useLocked(
    link: OneTimeLink,
    modifiedAt: number,
    manager: EntityManager,
  ): Promise<string | null> {
    const user = await this.addresses.lock(link, manager);
    if (!user) return 'disabled';
    if (link.purpose === 'verification' && !this.addresses.isPresent(user, link)) {
      return 'address changed';
    }
    if (!(await this.links.consume(link, manager))) return 'used meanwhile';
    if (link.purpose === 'verification') {
      await this.addresses.confirm(user, modifiedAt, manager);
      await this.links.voidAll(user.id, manager, ['verification']);
    } else {
      await this.addresses.replace(user, link, modifiedAt, manager);
      // They were sent to the old address.
      await this.links.voidAll(user.id, manager);
    }
    return null;
  }
}
