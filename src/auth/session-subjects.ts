import { Injectable } from '@nestjs/common';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Evidence, EvidenceSource } from '../access/evidence.js';
import { Account } from '../accounts/account.entity.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { isAllowedFrom } from '../api-keys/api-key-state.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { CompiledLookUp } from '../database/compiled-look-up.js';
import { Database } from '../database/database.js';
import { LIVE_SESSION_COLUMNS, type LiveSession } from '../sessions/live-session.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { User } from '../users/user.entity.js';
import { apiKeySubject, userSubject, type Subject } from './subject.js';

/** Each column costs as much as all the look-up but for its columns. */
const COLUMNS = {
  session: LIVE_SESSION_COLUMNS,
  account: ['id', 'isActive', 'isVerified'],
  user: [
    'id',
    'accountId',
    'emailAddress',
    'canonicalEmail',
    'firstName',
    'surname',
    'role',
    'isActive',
    'isVerified',
    'createdAt',
    'modifiedAt',
  ],
  key: [
    'id',
    'accountId',
    'name',
    'role',
    'allowedIps',
    'expiresAt',
    'revokedAt',
    'lastAccessedAt',
    'createdAt',
    'modifiedAt',
  ],
} as const;

type ReadAccount = Pick<Account, (typeof COLUMNS.account)[number]>;
type ReadUser = Pick<User, (typeof COLUMNS.user)[number]>;
type ReadApiKey = Pick<ApiKey, (typeof COLUMNS.key)[number]>;

/** A session with whom it stands for, as they are now. */
export interface SessionSubject {
  readonly session: LiveSession;
  readonly account: ReadAccount;
  readonly subject: Subject;
  /** Who signed in: a user, or a key with its account. */
  readonly user: ReadUser | undefined;
  readonly apiKey: (ReadApiKey & { readonly account: ReadAccount }) | undefined;
  /** That the rows say so. */
  evidence(): Evidence;
}

type JoinedSession = LiveSession & {
  readonly account: ReadAccount;
  readonly user?: ReadUser | null;
  readonly apiKey?: ReadApiKey | null;
};

/** Reads what a session stands for, in one statement: every decision rests on today's rows (S-53). */
@Injectable()
export class SessionSubjects {
  private readonly sources = {
    any: this.sourceOf('any'),
    user: this.sourceOf('user'),
    api_key: this.sourceOf('api_key'),
  };

  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeysService,
  ) {}

  /**
   * @param address where the request comes from: a key's session is bound to the key's addresses (S-195)
   * @param type of whom the session is for, where that is known: nobody else is looked for
   * @returns `undefined` when the session is unknown, or its user, key or account is no good any more
   */
  async findActive(
    sessionId: string,
    address: string,
    type: Subject['type'] | 'any' = 'any',
  ): Promise<SessionSubject | undefined> {
    const found = await this.database.find(SESSION_BY_ID[type], sessionId);
    if (!found) return undefined;
    const session = found.entity();
    const { account, user, apiKey } = session;
    const source = this.sources[type];
    const evidence = () => ({ source, key: sessionId, digest: found.digest() });
    if (user) {
      return { session, account, subject: userSubject(user), user, apiKey: undefined, evidence };
    }
    if (!apiKey || !isAllowedFrom(apiKey, address)) return undefined;
    if (!(await this.apiKeys.isUsable(apiKey))) return undefined;
    const subject = apiKeySubject(apiKey);
    const withAccount = { ...apiKey, account };
    return { session, account, subject, user: undefined, apiKey: withAccount, evidence };
  }

  private sourceOf(type: Subject['type'] | 'any'): EvidenceSource {
    return { digests: (sessionIds) => this.database.digests(SESSION_BY_ID[type], sessionIds) };
  }
}

const SESSION_BY_ID = {
  any: sessionWith('user', 'key'),
  user: sessionWith('user'),
  api_key: sessionWith('key'),
} as const;

function sessionWith(...holders: readonly ('user' | 'key')[]) {
  const aliases = ['session', 'account', ...holders] as const;
  return new CompiledLookUp('session.id', (manager) => {
    const query = manager
      .createQueryBuilder(RefreshToken, 'session')
      .innerJoinAndMapOne(
        'session.account',
        Account,
        'account',
        'account.id = session.accountId AND account.isActive = :isActive',
        { isActive: true },
      );
    if (holders.includes('user')) {
      query.leftJoinAndMapOne(
        'session.user',
        User,
        'user',
        'user.id = session.userId AND user.accountId = account.id AND user.isActive = :isActive',
      );
    }
    if (holders.includes('key')) {
      query.leftJoinAndMapOne(
        'session.apiKey',
        ApiKey,
        'key',
        'key.id = session.apiKeyId AND key.accountId = account.id',
      );
    }
    return query.select(
      aliases.flatMap((alias) => COLUMNS[alias].map((name) => `${alias}.${name}`)),
    ) as SelectQueryBuilder<ObjectLiteral> as SelectQueryBuilder<JoinedSession>;
  });
}
