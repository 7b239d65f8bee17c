import { Injectable } from '@nestjs/common';
import { unauthorized } from '../access/challenge.js';
import type { Principal } from '../access/principal.js';
import type { ClientFacts } from '../common/client.decorator.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { Database } from '../database/database.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { AccessTokenService } from './access-token.service.js';
import type { AuthenticatedGrant } from './authenticated-grant.js';
import type { TokenResponseDto } from './dto/token-response.dto.js';
import { ScopeNarrowing } from './scope-narrowing.js';
import { SessionSubjects, type SessionSubject } from './session-subjects.js';

/** Turns a grant whose credentials were checked into tokens, and ends sessions. */
@Injectable()
export class AuthService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly subjects: SessionSubjects,
    private readonly accessTokens: AccessTokenService,
    private readonly narrowing: ScopeNarrowing,
    private readonly audit: AuditLog,
  ) {}

  /** @throws CodedException 40004, 40102, 40106, 50301 */
  async grant(
    { request, subject }: AuthenticatedGrant,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    if (subject.kind === 'password') return this.signIn(subject.user, request.scope, client);

    const { session } = subject.subject;
    // First of all: what may be asked for is nobody's business who cannot continue the session.
    await this.sessions.assertContinues(session, subject.presented, client);
    const granted = this.subjects.grantedScopes(subject.subject);
    const scope = this.narrowing.narrow(granted, request.scope);
    const refreshToken = await this.sessions.refresh(session, subject.presented, client);
    return this.respond(subject.subject, scope, refreshToken);
  }

  /**
   * Ends the caller's own session that a refresh token is for.
   *
   * @throws CodedException 40106, alike for every token that is not the caller's live one (S-57)
   */
  async revoke(principal: Principal, refreshToken: string): Promise<void> {
    const presented = this.sessions.parse(refreshToken);
    const subject = presented && (await this.subjects.findActive(presented.sessionId));
    const isOwn =
      subject?.user.id === principal.id && subject.user.accountId === principal.accountId;
    if (!presented || !subject || !isOwn) throw notRevoked();
    if (!(await this.sessions.revokePresented(subject.session, presented))) throw notRevoked();
    this.audit.record({
      event: 'session.revoked',
      accountId: principal.accountId,
      userId: principal.id,
      sessionId: presented.sessionId,
    });
  }

  private async signIn(
    user: User,
    requestedScope: string | undefined,
    client: ClientFacts,
  ): Promise<TokenResponseDto> {
    const scope = this.narrowing.narrow([user.role], requestedScope);
    const session = this.sessions.prepare({
      accountId: user.accountId,
      userId: user.id,
      scope: requestedScope === undefined ? undefined : scope,
      client,
    });
    const hasBegun = await this.database.transaction(
      async (manager) => {
        // Locks the user, and proves that what was checked before still holds (S-104).
        if (!(await this.users.markSignedIn(user, manager))) return false;
        await this.sessions.begin(session, user.id, manager);
        return true;
      },
      async (manager) => ((await this.sessions.find(session.id, manager)) ? true : undefined),
    );
    if (!hasBegun || !user.account) {
      throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'changed meanwhile' });
    }
    this.audit.record({
      event: 'sign_in.succeeded',
      accountId: user.accountId,
      userId: user.id,
      sessionId: session.id,
      clientAddress: client.address,
    });
    const subject = { session, user, account: user.account };
    return this.respond(subject, scope, this.sessions.tokenOf(session));
  }

  private respond(
    { session, user, account }: SessionSubject,
    scope: readonly string[],
    refreshToken: string,
  ): TokenResponseDto {
    const { token, expiresAt, expiresIn } = this.accessTokens.issue(
      {
        account_id: user.accountId,
        id: user.id,
        is_account_verified: account.isVerified,
        name: `${user.firstName} ${user.surname}`.trimEnd(),
        scope,
        sid: session.id,
        sub: user.emailAddress,
        subject: user.emailAddress,
        type: 'user',
      },
      session.expiresAt,
    );
    return {
      token_type: 'bearer',
      access_token: token,
      expires_at: expiresAt,
      expires_in: expiresIn,
      Scope: scope,
      refresh_token: refreshToken,
    };
  }
}

function notRevoked(): CodedException {
  return unauthorized(ERROR.REFRESH_TOKEN_INVALID_AT_REVOKE);
}
