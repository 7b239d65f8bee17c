import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { messageOf } from '../common/errors/message-of.js';
import type { Origin } from '../common/transport/request-facts.js';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import { ANONYMOUS, type NewEvent } from '../events/gatehouse-event.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { UserAddresses } from './user-addresses.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** The author of a request for a link. */
type Author = Pick<NewEvent, 'actorId' | 'actorType'> & Partial<Origin>;

/** Locks what the author of a request needs, before its user. */
type Lock = (manager: EntityManager) => Promise<unknown>;

/** Asks users to confirm their addresses: makes the links, which the listeners of the event send. */
@Injectable()
export class EmailVerifications {
  private readonly logger = new Logger(EmailVerifications.name);

  constructor(
    private readonly repository: UsersRepository,
    private readonly authorization: ActorAuthorization,
    private readonly links: OneTimeLinks,
    private readonly limits: ActionLimits,
    private readonly addresses: UserAddresses,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** A link for the present address of a user, to store with {@link OneTimeLinks.add}. */
  prepare(user: User, { actorId: createdBy, actorType: createdByType }: Author): OneTimeLink {
    const { id: userId, accountId, emailAddress: address, role } = user;
    const bound = { purpose: 'verification', accountId, userId, address, role } as const;
    return this.links.prepare({ ...bound, createdBy, createdByType });
  }

  /**
   * Sends a user a link, whose answer does not tell whether the address is confirmed already: then nothing is sent.
   *
   * @throws CodedException 40103, 40410, 42901, 50301
   */
  async request(actor: Actor, userId: string, within?: EntityManager): Promise<void> {
    const { accountId } = actor;
    const user = await this.database.read(
      (manager) => this.repository.findMember(accountId, userId, manager),
      within,
    );
    if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    // The application's own code has no limit.
    if (actor.type !== 'application') {
      await this.limits.count('letter', this.recipient(user));
    }
    const operation = { needs: [], users: [userId] } as const;
    const lock: Lock = (manager) => this.authorization.authorize(actor, operation, manager);
    await this.store(user, by(actor), lock, within);
  }

  /**
   * Confirms the address of a user without a link, for the application, which has made sure of it by itself.
   *
   * @throws CodedException 40410 for an unknown or disabled user, 50301
   */
  async confirm(actor: Actor, userId: string, within?: EntityManager): Promise<void> {
    const { accountId } = actor;
    const modifiedAt = this.clock.now();
    await this.database.transaction(
      async (manager) => {
        const operation = { needs: [], users: [userId], isAboutAccount: true } as const;
        await this.authorization.authorize(actor, operation, manager);
        const user = await this.addresses.lock({ accountId, userId }, manager);
        if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
        await this.addresses.confirm(user, modifiedAt, manager);
        await this.links.voidAll(userId, manager, ['verification']);
        return null;
      },
      async (manager) => {
        const user = await this.repository.findMember(accountId, userId, manager);
        return user?.modifiedAt === modifiedAt ? null : undefined;
      },
      [userId, accountId],
      () => [{ name: 'email.verified', ...by(actor), userId }],
      within,
    );
  }

  /**
   * Sends a link to a user who may not sign in without it (`requireVerifiedEmail`). In the background, so that the time of
   * the refusal does not show that the password was right; within the limit of letters, and silently beyond it.
   */
  requestAfterRefusal(user: User, origin: Origin): void {
    // In a turn of its own, because on SQLite it would be part of a transaction that is open.
    setImmediate(() => void this.requestInBackground(user, origin));
  }

  private async requestInBackground(user: User, origin: Origin): Promise<void> {
    try {
      if (!(await this.limits.allows('letter', this.recipient(user)))) return;
      await this.store(user, { ...ANONYMOUS, ...origin }, () => Promise.resolve());
    } catch (error) {
      this.logger.warn(`user ${user.id} got no link: ${messageOf(error)}`);
    }
  }

  private recipient({ canonicalEmail }: User) {
    return { recipient: `verification ${canonicalEmail}` };
  }

  private async store(
    user: User,
    author: Author,
    lock: Lock,
    within?: EntityManager,
  ): Promise<void> {
    const { id: userId, accountId } = user;
    const link = this.prepare(user, author);
    await this.database.transaction(
      async (manager) => {
        await lock(manager);
        const [current] = await this.repository.lockMembers(accountId, [userId], manager);
        const isOpen = current?.isActive === true && !current.isVerified;
        if (!isOpen || current.emailAddress !== link.address) return false;
        await this.links.add(link, manager);
        return true;
      },
      async (manager) => ((await this.links.findIn(link.id, manager)) ? true : undefined),
      NO_ACCESS,
      (isStored) => (isStored ? [verificationRequested(link, author)] : []),
      within,
    );
  }
}

/** The event of a new link. */
export function verificationRequested(
  { id: linkId, accountId, userId }: OneTimeLink,
  author: Author,
): NewEvent<'email.verification_requested'> {
  return { name: 'email.verification_requested', ...author, accountId, userId, linkId };
}
