import { Injectable } from '@nestjs/common';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { Account } from '../accounts/account.entity.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { isAllowedFrom } from '../api-keys/api-key-state.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { CompiledLookUp } from '../database/compiled-look-up.js';
import { Database } from '../database/database.js';
import { LIVE_SESSION_COLUMNS, type LiveSession } from '../sessions/live-session.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { User } from '../users/user.entity.js';
import type { PresentedToken } from '../sessions/refresh-token-codec.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { apiKeyIdentity, userIdentity, type Identity } from './identity.js';

/** Only the columns that are needed: reading each one costs as much as the rest of the look-up. */
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

/** A session and the user or API key that it belongs to, as their rows are now. */
export interface SessionDetails {
  readonly session: LiveSession;
  readonly account: ReadAccount;
  readonly identity: Identity;
  /** Exactly one of user and key is present; the key has its account. */
  readonly user: ReadUser | undefined;
  readonly apiKey: (ReadApiKey & { readonly account: ReadAccount }) | undefined;
}

/** A session that an authentic refresh token names. It is not decided yet whether session and token are current. */
export interface PresentedSession extends SessionDetails {
  readonly presented: PresentedToken;
}

type JoinedSession = LiveSession & {
  readonly account: ReadAccount;
  readonly user?: ReadUser | null;
  readonly apiKey?: ReadApiKey | null;
};

type SessionType = Identity['type'] | 'any';
type ReadSession = (id: string) => Promise<JoinedSession | undefined>;

/** Reads a session with its user or key and account in one statement: decisions use the current rows (S-53). */
@Injectable()
export class SessionReader {
  private readonly sessionById: Readonly<Record<SessionType, ReadSession>>;

  constructor(
    private readonly apiKeys: ApiKeysService,
    private readonly sessions: SessionsService,
    database: Database,
  ) {
    const by = (lookUp: CompiledLookUp<JoinedSession>) =>
      database.batched((ids, manager) => lookUp.find(manager, ids));
    this.sessionById = {
      any: by(sessionWith('user', 'key')),
      user: by(sessionWith('user')),
      api_key: by(sessionWith('key')),
    };
  }

  /**
   * As {@link find}, by a refresh token; `undefined` also for a malformed or forged one. Nothing else about the session
   * is looked at before, so that a forged token costs as much for a real session as for an unknown one (S-23).
   */
  async findByRefreshToken(token: string, address: string): Promise<PresentedSession | undefined> {
    const presented = this.sessions.parse(token);
    if (!presented) return undefined;
    const session = await this.sessionById.any(presented.sessionId);
    const isAuthentic = this.sessions.isAuthentic(presented, session);
    const details = isAuthentic ? await this.detailsOf(session, address) : undefined;
    return details && { ...details, presented };
  }

  /**
   * @param address where the request comes from: a key's session is bound to the key's addresses (S-195)
   * @param type whether the session belongs to a user or a key, if known
   * @returns `undefined` when the session is unknown, or its user, key or account is no longer active
   */
  async find(
    sessionId: string,
    address: string,
    type: SessionType = 'any',
  ): Promise<SessionDetails | undefined> {
    return this.detailsOf(await this.sessionById[type](sessionId), address);
  }

  private async detailsOf(
    session: JoinedSession | undefined,
    address: string,
  ): Promise<SessionDetails | undefined> {
    if (!session) return undefined;
    const { account, user, apiKey } = session;
    if (user) return { session, account, identity: userIdentity(user), user, apiKey: undefined };
    if (!apiKey || !isAllowedFrom(apiKey, address)) return undefined;
    if (!(await this.apiKeys.isUsable(apiKey))) return undefined;
    const identity = apiKeyIdentity(apiKey);
    return { session, account, identity, user: undefined, apiKey: { ...apiKey, account } };
  }
}

function sessionWith(...owners: readonly ('user' | 'key')[]) {
  const aliases = ['session', 'account', ...owners] as const;
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
    if (owners.includes('user')) {
      query.leftJoinAndMapOne(
        'session.user',
        User,
        'user',
        'user.id = session.userId AND user.accountId = account.id AND user.isActive = :isActive',
      );
    }
    if (owners.includes('key')) {
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
