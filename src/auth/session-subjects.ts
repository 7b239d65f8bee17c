import { Injectable } from '@nestjs/common';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { Account } from '../accounts/account.entity.js';
import { Database } from '../database/database.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { User } from '../users/user.entity.js';

/** A session with the user and account it stands for, as they are now. */
export interface SessionSubject {
  readonly session: RefreshToken;
  readonly user: User;
  readonly account: Account;
}

/** Reads what a session stands for, in one statement: every decision rests on today's rows (S-53). */
@Injectable()
export class SessionSubjects {
  constructor(
    private readonly database: Database,
    private readonly scopes: ScopeRegistry,
  ) {}

  /** @returns `undefined` when the session is unknown or its user or account is disabled */
  async findActive(sessionId: string): Promise<SessionSubject | undefined> {
    const user = await this.database.read((manager) =>
      manager
        .createQueryBuilder(User, 'user')
        .innerJoinAndSelect('user.account', 'account')
        .innerJoinAndMapOne(
          'user.session',
          RefreshToken,
          'session',
          'session.userId = user.id AND session.accountId = user.accountId',
        )
        .addSelect('session.salt')
        .where('session.id = :sessionId', { sessionId })
        .andWhere('user.isActive = :isActive AND account.isActive = :isActive', { isActive: true })
        .getOne(),
    );
    if (!user?.account) return undefined;
    const { session } = user as User & { session: RefreshToken };
    return { session, user, account: user.account };
  }

  /**
   * Names the session grants now: what it was narrowed to, as far as the role still holds it, or the role
   * itself (S-53, S-54).
   */
  grantedScopes({ session, user }: Pick<SessionSubject, 'session' | 'user'>): string[] {
    if (session.scope === null) return [user.role];
    const held = this.scopes.expand([user.role]);
    return session.scope.split(' ').filter((name) => held.has(name));
  }
}
