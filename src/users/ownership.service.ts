import { Injectable } from '@nestjs/common';
import { by, type Caller } from '../access/principal.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { Database } from '../database/database.js';
import { PASSWORD_LINKS } from '../links/link-purpose.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { OwnPassword } from './own-password.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** The role that the former owner gets. */
const ROLE_AFTERWARDS = 'admin';

/** Hands an account over or deletes it, for its owner only. */
@Injectable()
export class OwnershipService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly accounts: AccountsService,
    private readonly authorization: ActorAuthorization,
    private readonly ownPassword: OwnPassword,
    private readonly links: OneTimeLinks,
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes another user the owner and the owner an admin in one transaction, so that there is always exactly one owner
   * (S-101). Both roles change, so both users' sessions end (S-55).
   *
   * @throws CodedException 40001, 40102, 40103, 40302, 40410, 42901
   */
  async handOver(actor: Caller, userId: string, password: string): Promise<void> {
    const confirmed = await this.ownPassword.confirm(actor, password);
    const { accountId } = actor;
    const modifiedAt = this.clock.now();
    await this.database.transaction(
      async (manager) => {
        const operation = { needs: ['owner'], users: [userId], isAboutAccount: true } as const;
        await this.authorization.authorize(actor, operation, manager);
        const ids = [confirmed.id, userId];
        const members = await this.repository.findMembersWithPasswords(accountId, ids, manager);
        const owner = stillOwner(confirmed, members);
        const newOwner = members.find(({ id }) => id === userId);
        if (!newOwner) throw new CodedException(ERROR.RESOURCE_NOT_FOUND, { targetId: userId });
        assertCanOwn(newOwner, owner);
        await this.repository.update(owner, { role: ROLE_AFTERWARDS, modifiedAt }, manager);
        await this.repository.update(newOwner, { role: 'owner', modifiedAt }, manager);
        await this.accounts.setVerified(accountId, newOwner.isVerified, manager);
        for (const { id } of [owner, newOwner]) {
          await this.sessions.endAll({ type: 'user', id }, manager);
          await this.links.voidAll(id, manager, PASSWORD_LINKS);
        }
      },
      async (manager) => {
        const newOwner = await this.repository.findMember(accountId, userId, manager);
        return newOwner?.role === 'owner' && newOwner.modifiedAt === modifiedAt ? null : undefined;
      },
      [accountId],
      () => [{ name: 'owner.changed', ...by(actor), userId }],
    );
  }

  /**
   * Removes the account with its users, keys, roles and sessions (S-106).
   *
   * @throws CodedException 40102, 40103, 40302, 42901
   */
  async deleteAccount(actor: Caller, password: string): Promise<void> {
    const confirmed = await this.ownPassword.confirm(actor, password);
    const { accountId } = actor;
    await this.database.transaction(
      async (manager) => {
        const operation = { needs: ['account:delete'], isAboutAccount: true } as const;
        await this.authorization.authorize(actor, operation, manager);
        const ids = [confirmed.id];
        const members = await this.repository.findMembersWithPasswords(accountId, ids, manager);
        stillOwner(confirmed, members);
        await this.accounts.delete(accountId, manager);
      },
      async (manager) => ((await this.accounts.exists(accountId, manager)) ? undefined : null),
      [accountId],
      () => [{ name: 'account.deleted', ...by(actor) }],
    );
  }
}

/** The caller, if still the owner with the password that was confirmed (S-104). */
function stillOwner({ id, passwordHash }: User, members: readonly User[]): User {
  const owner = members.find((user) => user.id === id);
  if (owner?.role === 'owner' && owner.passwordHash === passwordHash) return owner;
  throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'no longer the owner' });
}

function assertCanOwn(newOwner: User, owner: User): void {
  if (newOwner.id !== owner.id && newOwner.isActive && newOwner.passwordHash !== null) return;
  const message = 'user_id must name another active user who has a password';
  throw invalidRequest([{ field: 'user_id', message }]);
}
