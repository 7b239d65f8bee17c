import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { unauthorized } from '../access/challenge.js';
import type { Principal } from '../access/principal.js';
import type { Account } from '../accounts/account.entity.js';
import type { ProvenApiKey } from '../api-keys/api-key-authenticator.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { ClientFacts } from '../common/client.decorator.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { Database } from '../database/database.js';
import type { LiveSession } from '../sessions/live-session.js';
import { SessionRefresher } from '../sessions/session-refresher.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { AccessTokenService } from './access-token.service.js';
import type { AuthenticatedGrant, GrantSubject } from './authenticated-grant.js';
import type { TokenResponseDto } from './dto/token-response.dto.js';
import { GrantedScopes } from './granted-scopes.js';
import { OwnClaims } from './own-claims.js';
import { SessionSubjects, type SessionSubject } from './session-subjects.js';
import { apiKeySubject, userSubject, type Subject } from './subject.js';
import type { TokenRequest } from './token-request.js';

/** Whoever signs in, and how to make sure that they still may. */
interface Entrant {
  readonly subject: Subject;
  readonly account: Account | undefined;
  /** Locks the user or key, and proves that what was checked before still holds (S-104). */
  readonly lock: (manager: EntityManager) => Promise<boolean>;
}

/** What tokens are made of. */
interface Granted {
  readonly session: LiveSession;
  readonly subject: Subject;
  readonly account: Pick<Account, 'isVerified'>;
  readonly scope: readonly string[];
  /** The host's own claims. */
  readonly own: Readonly<Record<string, unknown>>;
}

/** Turns a grant whose credentials were checked into tokens, and ends sessions. */
@Injectable()
export class AuthService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly apiKeys: ApiKeysService,
    private readonly sessions: SessionsService,
    private readonly refresher: SessionRefresher,
    private readonly subjects: SessionSubjects,
    private readonly accessTokens: AccessTokenService,
    private readonly scopes: GrantedScopes,
    private readonly ownClaims: OwnClaims,
    private readonly clock: Clock,
  ) {}

  /** @throws CodedException 40004, 40102, 40106, 50301 */
  async grant(
    { request, subject }: AuthenticatedGrant,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    if (subject.kind === 'user') {
      const tokens = await this.signIn(this.userEntrant(subject.user), request, client);
      void subject.renewHash?.();
      return tokens;
    }
    if (subject.kind === 'api_key') {
      return this.signIn(this.apiKeyEntrant(subject.apiKey), request, client);
    }
    return this.refresh(subject, request, client);
  }

  /**
   * Signs a user in on the application's word: nothing is asked but that user and account are active.
   *
   * @param scope names to narrow the session to; `undefined`: all that the role holds
   * @throws CodedException 40004, 40102 for a user who is not active, 40410 for none
   */
  async signInAs(
    userId: string,
    scope: readonly string[] | undefined,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    const user = await this.users.findWithPassword(userId);
    if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    if (!user.account?.isActive) {
      throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'account disabled' });
    }
    const entrant = {
      ...this.userEntrant(user),
      lock: (manager: EntityManager) => this.users.markSignedInUnasked(user, manager),
    };
    return this.signIn(entrant, { grantType: 'password', scope: scope?.join(' ') }, client);
  }

  /**
   * Ends the caller's own session that a refresh token is for. An access token that has expired ends its own
   * session and no other (contract §5).
   *
   * @throws CodedException 40106, alike for every token that is not the caller's live one (S-57)
   */
  async revoke(principal: Principal, refreshToken: string, client: ClientFacts): Promise<void> {
    const presented = this.sessions.parse(refreshToken);
    const found =
      presented && (await this.subjects.findActive(presented.sessionId, client.address));
    const isOwn =
      found?.subject.id === principal.id &&
      found.subject.type === principal.type &&
      found.subject.accountId === principal.accountId;
    const hasExpired = (principal.expiresAt ?? Infinity) <= this.clock.now();
    const mayEnd = isOwn && (!hasExpired || principal.sessionId === found.session.id);
    if (!presented || !found || !mayEnd) throw notRevoked();
    const hasEnded = await this.refresher.revokePresented(found.session, presented, client);
    if (!hasEnded) throw notRevoked();
  }

  private async refresh(
    { found, presented, isKeyProved, bearer }: GrantSubject & { kind: 'refresh_token' },
    request: TokenRequest,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    const { session, subject, account, apiKey } = found;
    this.refresher.assertAuthentic(session, presented);
    const accessGeneration = isKeyProved ? undefined : this.accessGenerationIn(bearer, found);
    const brought = { ...presented, accessGeneration, isKeyProved };
    // Before the scope is looked at: only a client that can continue the session learns what it may ask for.
    const continuation = await this.refresher.assertContinues(session, brought, client);
    const limit = session.scope === null ? undefined : session.scope.split(' ');
    const scope = await this.scopes.narrow(subject, limit, request.scope);
    const own = await this.ownClaims.for(subject, scope, session.id);
    const pair = await this.refresher.refresh(session, brought, continuation, client);
    if (apiKey) this.apiKeys.noteUse(apiKey);
    const { refreshToken, accessGeneration: next } = pair;
    const continued = { ...session, accessGeneration: next };
    return this.respond({ session: continued, subject, account, scope, own }, refreshToken);
  }

  /**
   * Generation of the access token sent along with a refresh; `undefined` for any bearer but one that was
   * issued for this very session. Its times do not matter: the official client sends it expired (contract §3).
   */
  private accessGenerationIn(
    bearer: string | undefined,
    { session, subject }: SessionSubject,
  ): number | undefined {
    const claims = bearer === undefined ? undefined : this.accessTokens.genuineClaims(bearer);
    const isOfSession =
      claims?.sid === session.id &&
      claims.id === subject.id &&
      claims.type === subject.type &&
      claims.account_id === subject.accountId;
    return isOfSession ? claims.access_generation : undefined;
  }

  private async signIn(
    { subject, account, lock }: Entrant,
    { scope: requested, grantType }: Pick<TokenRequest, 'scope' | 'grantType'>,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    const scope = await this.scopes.narrow(subject, undefined, requested);
    const newSession = {
      accountId: subject.accountId,
      holder: subject,
      scope: requested === undefined ? undefined : scope,
      client,
    };
    // RFC 6749 §4.4.3: with client_credentials there is nothing to refresh.
    const session =
      grantType === 'client_credentials'
        ? this.sessions.prepareWithoutRefresh(newSession, this.accessTokens.lifetimeMs)
        : this.sessions.prepare(newSession);
    const own = await this.ownClaims.for(subject, scope, session.id);
    const hasBegun = await this.database.transaction(
      async (manager) => {
        if (!(await lock(manager))) return false;
        await this.sessions.begin(session, subject, manager);
        return true;
      },
      async (manager) => ((await this.sessions.find(session.id, manager)) ? true : undefined),
      [subject.id],
      (isSignedIn) => (isSignedIn ? [signedIn(subject, session, client)] : []),
    );
    if (!hasBegun || !account) {
      throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'changed meanwhile' });
    }
    return this.respond({ session, subject, account, scope, own }, this.sessions.tokenOf(session));
  }

  private userEntrant(user: User): Entrant {
    const lock = (manager: EntityManager) => this.users.markSignedIn(user, manager);
    return { subject: userSubject(user), account: user.account, lock };
  }

  private apiKeyEntrant(apiKey: ProvenApiKey): Entrant {
    const lock = (manager: EntityManager) => this.apiKeys.markSignedIn(apiKey, manager);
    return { subject: apiKeySubject(apiKey), account: apiKey.account, lock };
  }

  private respond(
    { session, subject, account, scope, own }: Granted,
    refreshToken: string | undefined,
  ): TokenResponseDto {
    const { token, expiresAt, expiresIn } = this.accessTokens.issue(
      {
        access_generation: session.accessGeneration,
        account_id: subject.accountId,
        id: subject.id,
        is_account_verified: account.isVerified,
        name: subject.name,
        scope,
        sid: session.id,
        sub: subject.sub,
        subject: subject.sub,
        type: subject.type,
      },
      Math.min(session.expiresAt, subject.endsAt ?? Infinity),
      own,
    );
    return {
      token_type: 'bearer',
      access_token: token,
      expires_at: expiresAt,
      expires_in: expiresIn,
      Scope: scope,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    };
  }
}

function notRevoked(): CodedException {
  return unauthorized(ERROR.REFRESH_TOKEN_INVALID_AT_REVOKE);
}

function signedIn(
  { id, type, accountId }: Subject,
  { id: sessionId }: LiveSession,
  { address: clientAddress }: ClientFacts,
): NewEvent {
  return type === 'user'
    ? { name: 'user.signed_in', accountId, userId: id, sessionId, clientAddress }
    : { name: 'api_key.signed_in', accountId, apiKeyId: id, sessionId, clientAddress };
}
