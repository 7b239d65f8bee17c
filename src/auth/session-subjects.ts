import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { isAllowedFrom } from '../api-keys/api-key-state.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { Database } from '../database/database.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { User } from '../users/user.entity.js';
import { apiKeySubject, userSubject, type Subject } from './subject.js';

/** A session with whom it stands for, as they are now. */
export interface SessionSubject {
  readonly session: RefreshToken;
  readonly account: Account;
  readonly subject: Subject;
  /** The key, where one signed in. */
  readonly apiKey: ApiKey | undefined;
}

type JoinedSession = RefreshToken & {
  readonly account: Account;
  readonly user: User | null;
  readonly apiKey: ApiKey | null;
};

/** Reads what a session stands for, in one statement: every decision rests on today's rows (S-53). */
@Injectable()
export class SessionSubjects {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeysService,
  ) {}

  /**
   * @param address where the request comes from: a key's session is bound to the key's addresses (S-195)
   * @returns `undefined` when the session is unknown, or its user, key or account is no good any more
   */
  async findActive(sessionId: string, address: string): Promise<SessionSubject | undefined> {
    const session = await this.find(sessionId);
    if (!session) return undefined;
    const { account, user, apiKey } = session;
    if (user) return { session, account, subject: userSubject(user), apiKey: undefined };
    if (!apiKey || !isAllowedFrom(apiKey, address)) return undefined;
    if (!(await this.apiKeys.isUsable(apiKey))) return undefined;
    return { session, account, subject: apiKeySubject(apiKey), apiKey };
  }

  private async find(sessionId: string): Promise<JoinedSession | null> {
    const session = await this.database.read((manager) =>
      manager
        .createQueryBuilder(RefreshToken, 'session')
        .addSelect('session.salt')
        .innerJoinAndMapOne(
          'session.account',
          Account,
          'account',
          'account.id = session.accountId AND account.isActive = :isActive',
        )
        .leftJoinAndMapOne(
          'session.user',
          User,
          'user',
          'user.id = session.userId AND user.accountId = account.id AND user.isActive = :isActive',
        )
        .leftJoinAndMapOne(
          'session.apiKey',
          ApiKey,
          'key',
          'key.id = session.apiKeyId AND key.accountId = account.id',
        )
        .where('session.id = :sessionId', { sessionId, isActive: true })
        .getOne(),
    );
    return session as JoinedSession | null;
  }
}
