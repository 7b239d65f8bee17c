import { Injectable, Logger } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AuditLog } from '../common/logging/audit-log.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { hasAccessTokenForm } from './access-token-claims.js';
import { AccessTokenService } from './access-token.service.js';
import { bearerToken } from './bearer-token.js';

/** Burns credentials that crossed a network in the clear (contract §1, S-200). */
@Injectable()
export class ExposedCredentials {
  private readonly logger = new Logger(ExposedCredentials.name);

  constructor(
    private readonly jwt: JwtService,
    private readonly tokens: AccessTokenService,
    private readonly sessions: SessionsService,
    private readonly audit: AuditLog,
  ) {}

  /** Ends the session behind a token; never hashes a password. Failures are logged: nobody waits for it. */
  async burn(authorization: string): Promise<void> {
    try {
      const token = bearerToken(authorization);
      const claims = token === undefined ? undefined : this.verified(token);
      if (!claims) return;
      if (await this.sessions.end({ id: claims.sid })) {
        const { account_id: accountId, id: userId, sid: sessionId } = claims;
        this.audit.record({ event: 'session.exposed', accountId, userId, sessionId });
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.logger.error(`an exposed session was not revoked: ${reason}`);
    }
  }

  private verified(token: string) {
    const key = this.tokens.verificationKey(token);
    if (!key) return undefined;
    try {
      // An expired token still names a session that lives on.
      const claims: unknown = this.jwt.verify(token, {
        publicKey: key as unknown as Buffer,
        algorithms: [this.tokens.algorithm],
        ignoreExpiration: true,
      });
      return hasAccessTokenForm(claims) ? claims : undefined;
    } catch {
      return undefined;
    }
  }
}
