import { Injectable } from '@nestjs/common';
import { by, type Caller } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { Clock } from '../common/clock.js';
import { PasswordHasher } from '../common/crypto/password-hasher.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { Database } from '../database/database.js';
import { ENDED_BY_NEW_PASSWORD } from '../links/link-purpose.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { BreachChecks } from './breach-checks.js';
import { NewPasswords } from './new-passwords.js';
import { OwnPassword } from './own-password.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** Changes the names and the password of the calling user. */
@Injectable()
export class OwnUserService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly authorization: ActorAuthorization,
    private readonly ownPassword: OwnPassword,
    private readonly newPasswords: NewPasswords,
    private readonly breaches: BreachChecks,
    private readonly hasher: PasswordHasher,
    private readonly links: OneTimeLinks,
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws CodedException 40103 when session or user has ended since the guard's check */
  async rename(
    principal: Caller,
    names: Partial<Pick<User, 'firstName' | 'surname'>>,
  ): Promise<User> {
    const { id, accountId } = principal;
    const modifiedAt = this.clock.now();
    return this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(principal, { needs: [] }, manager);
        const current = await this.repository.findMember(accountId, id, manager);
        if (!current) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
        await this.repository.update(current, { ...names, modifiedAt }, manager);
        return { ...current, ...names, modifiedAt };
      },
      async (manager) => {
        const current = await this.repository.findMember(accountId, id, manager);
        return current?.modifiedAt === modifiedAt ? current : undefined;
      },
      [id],
      () => [{ name: 'user.changed', ...by(principal), userId: id }],
    );
  }

  /**
   * Replaces the caller's password, and ends all other sessions (S-12, S-55) and all open resets.
   *
   * @throws CodedException 40001 for the new password, 40102 for the current one, 40103, 42901
   */
  async changePassword(principal: Caller, current: string, next: string): Promise<void> {
    const { id, sessionId } = principal;
    const user = await this.ownPassword.confirm(principal, current);
    this.newPasswords.assertAcceptable(next, 'new_password', {
      accountName: user.account?.name ?? '',
      emailAddress: user.emailAddress,
    });
    if (next.normalize('NFC') === current.normalize('NFC')) {
      const message = 'new_password must differ from the current password';
      throw invalidRequest([{ field: 'new_password', message }]);
    }
    await this.breaches.assertNotBreached(next, 'new_password');
    const hash = await this.hasher.hash(next);
    const hasChanged = await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(principal, { needs: [] }, manager);
        if (!(await this.repository.replaceHash(user, hash, manager))) return false;
        await this.repository.update(user, { modifiedAt: this.clock.now() }, manager);
        await this.sessions.endAll({ type: 'user', id }, manager, sessionId);
        await this.links.voidAll(id, manager, ENDED_BY_NEW_PASSWORD);
        return true;
      },
      async (manager) => {
        const stored = await this.repository.findWithPassword(id, manager);
        return stored?.passwordHash === hash ? true : undefined;
      },
      [id],
      (isChanged) =>
        isChanged ? [{ name: 'password.changed', ...by(principal), userId: id }] : [],
    );
    if (!hasChanged) throw await this.ownPassword.changedMeanwhile(principal);
  }
}
