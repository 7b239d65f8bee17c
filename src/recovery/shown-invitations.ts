import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { notForKeys } from '../access/challenge.js';
import { by, type Caller } from '../access/principal.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { Database } from '../database/database.js';
import { LINK_LIFETIMES } from '../links/link-purpose.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { MemberAuthority } from '../users/member-authority.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { RECOVERY_OPTIONS, type RecoveryOptions } from './recovery-options.js';
import type { ShownLink } from './shown-links.js';

/** Shows invitations to those who invite, for accounts whose users no mail reaches (contract §7). */
@Injectable()
export class ShownInvitations {
  constructor(
    @Inject(RECOVERY_OPTIONS) private readonly options: RecoveryOptions,
    private readonly authority: MemberAuthority,
    private readonly users: UsersService,
    private readonly links: OneTimeLinks,
    private readonly sessions: SessionsService,
    private readonly limits: ActionLimits,
    private readonly database: Database,
  ) {}

  /**
   * Makes a link by which a user sets a password. With mail only for a user who never had a password or a session.
   * Without mail also for one who lost the password: the sessions end, and the link works as short as that of a reset.
   *
   * @throws CodedException 40302 for an API key and for a user above the caller, 40303 for the owner, 40410, 40901 for a
   *   user who cannot have such a link, 42901
   */
  async show(caller: Caller, userId: string): Promise<ShownLink> {
    if (caller.type !== 'user') throw notForKeys();
    await this.limits.count('invitation', { caller: caller.id, account: caller.accountId });
    const linkId = randomUUID();
    const link = await this.database.transaction(
      (manager) => this.add(caller, userId, linkId, manager),
      (manager) => this.links.findIn(linkId, manager),
      [userId],
      () => [{ name: 'one_time_link.shown', ...by(caller), userId, linkId }],
    );
    const token = this.links.tokenOf(link) ?? '';
    return { url: this.links.urlOf(link, token), token, expiresAt: link.expiresAt };
  }

  private async add(
    caller: Caller,
    userId: string,
    linkId: string,
    manager: EntityManager,
  ): Promise<OneTimeLink> {
    const { acting, user } = await this.authority.lock(caller, userId, manager);
    await this.authority.assertMayManage(acting, user, {}, manager);
    const stored = await this.users.lock(caller.accountId, userId, manager);
    const isNew = stored?.passwordHash === null && stored.lastSignInAt === null;
    this.assertMayHaveLink(user, isNew);
    const link = this.linkOf(user, caller, linkId, isNew);
    await this.links.add(link, manager);
    if (!isNew) await this.sessions.endAll({ type: 'user', id: userId }, manager);
    return link;
  }

  private assertMayHaveLink(user: User, isNew: boolean): void {
    if (!user.isActive) throw refused('disabled');
    if (!isNew && this.options.sendsMail) throw refused('has had a password or a session');
  }

  private linkOf(user: User, caller: Caller, linkId: string, isNew: boolean): OneTimeLink {
    const { id: userId, accountId, emailAddress: address, role } = user;
    const of = { purpose: 'invitation', userId, accountId, address, role } as const;
    const link = this.links.prepare({ ...of, createdBy: caller.id, createdByType: 'user' }, linkId);
    return isNew ? link : { ...link, expiresAt: link.createdAt + LINK_LIFETIMES.reset };
  }
}

function refused(detail: string): CodedException {
  return new CodedException(ERROR.RESOURCE_CONFLICT, { detail });
}
