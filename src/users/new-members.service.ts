import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { ActorAuthorization, type Operation } from '../accounts/actor-authorization.js';
import { RoleAssignment } from '../accounts/role-assignment.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { ActionLimits } from '../throttling/action-limits.js';
import type { NewPassword } from './new-passwords.js';
import { NewUsers } from './new-users.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** A user to create. Without a password the user cannot sign in until one is set. */
export interface NewMember
  extends NewPassword, Pick<User, 'emailAddress' | 'firstName' | 'surname' | 'role'> {}

/** The recipient of invitations, whichever user has the address: one that is deleted may be created again (S-33). */
export function invitationTo(canonicalEmail: string): { readonly recipient: string } {
  return { recipient: `invitation ${canonicalEmail}` };
}

const CREATES_USERS: Operation = { needs: ['users:write'] };

/** Adds users to an account within the rights of the caller. */
@Injectable()
export class NewMembersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly accounts: AccountsService,
    private readonly authorization: ActorAuthorization,
    private readonly roles: RoleAssignment,
    private readonly newUsers: NewUsers,
    private readonly links: OneTimeLinks,
    private readonly limits: ActionLimits,
    private readonly database: Database,
    private readonly events: EventBus,
  ) {}

  /**
   * Creates a user, who is invited unless there is a password, or the address has got all letters of the hour. The
   * application invites by itself: it may create users whom it signs in without a password.
   *
   * @throws CodedException 40001, 40302, 40303, 40901 for an address that is in use anywhere, 42901
   */
  async create(actor: Actor, member: NewMember, within?: EntityManager): Promise<User> {
    const { accountId } = actor;
    // The application's own code has no limit.
    if (actor.type !== 'application') {
      await this.limits.count('new_user', { caller: actor.id, account: accountId });
    }
    // The transaction refuses if the account has been deleted meanwhile.
    const accountName = (await this.accounts.find(accountId, within))?.name ?? '';
    const user = await this.newUsers.make({ ...member, accountId }, accountName);
    const invitation = await this.invitationOf(user, actor);
    try {
      await this.database.transaction(
        async (manager) => {
          const acting = await this.authorization.authorize(actor, CREATES_USERS, manager);
          await this.roles.assertAssignable(acting, member.role, manager);
          await this.repository.insert(user, manager);
          if (invitation) await this.links.addFirst(invitation, manager);
        },
        async (manager) =>
          (await this.repository.findMember(user.accountId, user.id, manager)) ? null : undefined,
        NO_ACCESS,
        () => creationEvents(actor, user, invitation),
        within,
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const detail = 'address in use';
      const refused = { name: 'user.refused', ...by(actor), reason: detail } as const;
      await this.events.reportWithin(within, refused);
      throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail });
    }
    return user;
  }

  private async invitationOf(user: User, actor: Actor): Promise<OneTimeLink | undefined> {
    if (user.passwordHash !== null || actor.type === 'application') return undefined;
    if (!(await this.limits.allows('letter', invitationTo(user.canonicalEmail)))) return undefined;
    const { id: createdBy, type: createdByType } = actor;
    const { id: userId, accountId, emailAddress: address, role } = user;
    const of = { purpose: 'invitation', userId, accountId, address, role } as const;
    return this.links.prepare({ ...of, createdBy, createdByType });
  }
}

function creationEvents(
  actor: Actor,
  { id: userId }: User,
  invitation: OneTimeLink | undefined,
): readonly NewEvent[] {
  const created = { name: 'user.created', ...by(actor), userId } as const;
  if (!invitation) return [created];
  return [created, { name: 'invitation.created', ...by(actor), userId, linkId: invitation.id }];
}
