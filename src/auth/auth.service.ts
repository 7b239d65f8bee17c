import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { unauthorized } from '../access/challenge.js';
import { by, type Principal } from '../access/principal.js';
import { Strategies } from '../access/strategies.js';
import type { Account } from '../accounts/account.entity.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { clientOrigin, type ClientFacts } from '../common/client.decorator.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { EventBus } from '../events/event-bus.js';
import { ANONYMOUS, type NewEvent } from '../events/gatehouse-event.js';
import { Database } from '../database/database.js';
import { SessionRefresher } from '../sessions/session-refresher.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { AccessTokenIssuer } from './access-tokens/issuer.js';
import type { ApiKeyPair } from './credentials.js';
import type { TokenResponseDto } from './dto/token-response.dto.js';
import { GrantedScopes } from './granted-scopes.js';
import { apiKeyIdentity, userIdentity, type Identity } from './identity.js';
import type { PresentedSession } from './session-reader.js';

/** What is found out about a sign-in in its transaction. */
export interface SignInFacts {
  /** See `user.signed_in`. */
  readonly isNewNetwork: boolean;
}

/** An authenticated user or key, with a lock that detects changes before the sign-in commits. */
interface Authenticated {
  readonly identity: Identity;
  readonly account: Account | undefined;
  /** Locks the user or key; `undefined` when it has changed since it was authenticated (S-104). */
  readonly lock: (manager: EntityManager) => Promise<SignInFacts | undefined>;
  /** Reported when it has changed. */
  readonly refusal?: NewEvent | undefined;
}

/** Options of a new session. */
interface SignInOptions {
  /** Space-separated names to narrow it to; `undefined`: all that the role holds. */
  readonly scope: string | undefined;
  /** Default `true`. */
  readonly hasRefreshToken?: boolean;
}

/** A key and the host's own code may come from anywhere. */
const KNOWN_NETWORK: SignInFacts = { isNewNetwork: false };

/** The reason of a refusal after a change since the check of the credentials. */
export const CHANGED = 'changed meanwhile';

/** Begins sessions and signs out. */
@Injectable()
export class AuthService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly apiKeys: ApiKeysService,
    private readonly apiKeyAuthenticator: ApiKeyAuthenticator,
    private readonly sessions: SessionsService,
    private readonly refresher: SessionRefresher,
    private readonly strategies: Strategies,
    private readonly issuer: AccessTokenIssuer,
    private readonly scopes: GrantedScopes,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /**
   * Begins the session of an authenticated user or key.
   *
   * @throws CodedException 40004, 40102, 50301
   */
  async signIn(
    { identity, account, lock, refusal }: Authenticated,
    { scope: requested, hasRefreshToken = true }: SignInOptions,
    client: ClientFacts,
    within?: EntityManager,
  ): Promise<TokenResponseDto> {
    const origin = clientOrigin(client);
    const scope = await this.scopes.narrow(identity, undefined, requested, origin, within);
    const newSession = {
      accountId: identity.accountId,
      owner: identity,
      scope: requested === undefined ? undefined : scope,
      client,
    };
    const session = hasRefreshToken
      ? this.sessions.prepare(newSession)
      : this.sessions.prepareWithoutRefresh(newSession, this.issuer.lifetimeMs);
    const own = await this.issuer.ownClaims(identity, scope, session.id);
    const begun = await this.database.transaction(
      async (manager) => {
        const facts = await lock(manager);
        if (!facts) return null;
        await this.sessions.begin(session, identity, manager);
        return facts;
      },
      async (manager, lost) => ((await this.sessions.find(session.id, manager)) ? lost : undefined),
      [identity.id],
      (facts) => (facts ? [signedIn(identity, session.id, facts, client)] : []),
      within,
    );
    if (!begun || !account) {
      if (refusal) await this.events.report(refusal);
      throw incorrect(CHANGED);
    }
    const refreshToken = this.sessions.tokenOf(session);
    return this.issuer.respond({ session, identity, account, scope, own, refreshToken });
  }

  /**
   * Signs an API key in.
   *
   * @throws CodedException 40004, 40102, 42901, 50301
   */
  async signInApiKey(
    pair: ApiKeyPair,
    options: SignInOptions,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    const origin = clientOrigin(client);
    const apiKey = await this.apiKeyAuthenticator.authenticate(pair, origin, 'sign_in.failed');
    if (!apiKey) throw incorrect('API key');
    const lock = async (manager: EntityManager) =>
      (await this.apiKeys.markSignedIn(apiKey, manager)) ? KNOWN_NETWORK : undefined;
    const { account } = apiKey;
    const { id: apiKeyId, accountId } = apiKey;
    const facts = { ...ANONYMOUS, accountId, apiKeyId, ...origin };
    const refusal = { name: 'sign_in.failed', ...facts, reason: CHANGED } as const;
    const identity = apiKeyIdentity(apiKey);
    return this.signIn({ identity, account, lock, refusal }, options, client);
  }

  /**
   * Signs a user in for the application, without a credential; only user and account must be active.
   *
   * @param scope names to narrow the session to; `undefined`: all that the role holds
   * @param within the manager of a host's transaction
   * @throws CodedException 40004, 40102 for a user who is not active, 40410 for an unknown one
   */
  async signInAs(
    userId: string,
    scope: readonly string[] | undefined,
    client: ClientFacts,
    within?: EntityManager,
  ): Promise<TokenResponseDto> {
    // Locks the user before the account, as all transactions do.
    if (within) await this.users.findById(userId, within);
    const user = await this.users.findWithPassword(userId, within);
    if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    const { account } = user;
    if (!account?.isActive) throw incorrect('account disabled');
    const lock = async (manager: EntityManager) =>
      (await this.users.markSignedInWithoutPassword(user, manager)) ? KNOWN_NETWORK : undefined;
    const authenticated = { identity: userIdentity(user), account, lock };
    return this.signIn(authenticated, { scope: scope?.join(' ') }, client, within);
  }

  /**
   * Ends the caller's own session that a refresh token belongs to. An expired access token can end only its own session
   * (contract §5).
   *
   * @throws CodedException 40106, the same for every token that is not a live one of the caller (S-57)
   */
  async revoke(principal: Principal, refreshToken: string, client: ClientFacts): Promise<void> {
    const presented = { refreshToken, ...clientOrigin(client) };
    const found = await this.strategies.run<PresentedSession>('refresh', presented);
    const isOwn =
      found?.identity.id === principal.id &&
      found.identity.type === principal.type &&
      found.identity.accountId === principal.accountId;
    const hasExpired = (principal.expiresAt ?? Infinity) <= this.clock.now();
    const mayEnd = isOwn && (!hasExpired || principal.sessionId === found.session.id);
    const hasEnded =
      mayEnd && (await this.refresher.revokePresented(found.session, found.presented, client));
    if (hasEnded) return;
    const facts = { ...by(principal), ...clientOrigin(client), sessionId: found?.session.id };
    const reason = mayEnd ? 'its session has ended or has a newer token' : "not the caller's";
    await this.events.report({ name: 'refresh_token.refused', ...facts, reason });
    throw unauthorized(ERROR.REFRESH_TOKEN_INVALID_AT_REVOKE);
  }
}

function signedIn(
  { id, type, accountId }: Identity,
  sessionId: string,
  { isNewNetwork }: SignInFacts,
  client: ClientFacts,
): NewEvent {
  const facts = { accountId, actorId: id, actorType: type, sessionId, ...clientOrigin(client) };
  return type === 'user'
    ? { name: 'user.signed_in', ...facts, userId: id, isNewNetwork }
    : { name: 'api_key.signed_in', ...facts, apiKeyId: id };
}

function incorrect(detail: string): CodedException {
  return new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail });
}
