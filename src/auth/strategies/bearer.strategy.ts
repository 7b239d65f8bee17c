import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { IncomingMessage } from 'node:http';
import { Strategy as JwtStrategy } from 'passport-jwt';
import { unauthorized } from '../../access/challenge.js';
import type { Principal } from '../../access/principal.js';
import { Clock } from '../../common/clock.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { hasAccessTokenForm, type AccessTokenClaims } from '../access-token-claims.js';
import { AccessTokenService } from '../access-token.service.js';
import { AUTH_OPTIONS, CLOCK_TOLERANCE_SECONDS, type AuthOptions } from '../auth-options.js';
import { bearerToken } from '../bearer-token.js';
import { SessionSubjects } from '../session-subjects.js';

interface BearerRequest {
  readonly headers: IncomingMessage['headers'];
}

/**
 * Passport strategy `bearer`: an access token whose session, user and account are alive now.
 *
 * passport-jwt checks signature, algorithm, issuer and audience; form, and times by our own clock
 * (S-187), are checked in `validate`.
 */
@Injectable()
export class BearerStrategy extends PassportStrategy(JwtStrategy, 'bearer') {
  constructor(
    @Inject(AUTH_OPTIONS) options: AuthOptions,
    tokens: AccessTokenService,
    private readonly subjects: SessionSubjects,
    private readonly scopes: ScopeRegistry,
    private readonly clock: Clock,
  ) {
    super({
      jwtFromRequest: tokenOf,
      secretOrKeyProvider: (_request, token: string, done) => {
        const key = tokens.verificationKey(token);
        // @types/passport-jwt knows no KeyObject, which jsonwebtoken takes and is fastest with.
        done(key ? null : new Error('unknown key'), key as unknown as Buffer);
      },
      algorithms: [tokens.algorithm],
      issuer: options.issuer,
      audience: options.audience,
      passReqToCallback: true,
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
  }

  override authenticate(request: BearerRequest & Parameters<JwtStrategy['authenticate']>[0]): void {
    const token = tokenOf(request);
    // `key.secret` has one dot and a JWT two. No API key exists yet, so every one is unknown.
    if (token?.split('.').length === 2) {
      this.error(unauthorized(ERROR.API_KEY_INVALID, { isTokenRefused: true }));
      return;
    }
    super.authenticate(request);
  }

  async validate(request: BearerRequest, claims: unknown): Promise<Principal> {
    const isGood =
      hasAccessTokenForm(claims) &&
      isWrittenByUs(tokenOf(request) ?? '', claims) &&
      !this.isEarly(claims);
    if (!isGood) throw invalid('claims');
    if (this.hasExpired(claims)) {
      throw unauthorized(ERROR.ACCESS_TOKEN_EXPIRED, { isTokenRefused: true });
    }

    const subject = await this.subjects.findActive(claims.sid);
    if (!subject) throw invalid('session, user or account is gone');
    const { session, user } = subject;
    const isOwn =
      claims.type === 'user' && user.id === claims.id && user.accountId === claims.account_id;
    if (!isOwn) throw invalid('not the session of its subject');
    if (session.revokedAt !== null || session.expiresAt <= this.clock.now()) {
      throw invalid('session has ended');
    }
    return {
      id: user.id,
      type: 'user',
      accountId: user.accountId,
      role: user.role,
      granted: claims.scope,
      scopes: this.scopes.expand(this.stillHeld(claims.scope, user.role)),
      sessionId: session.id,
      expiresAt: claims.exp * 1000,
    };
  }

  /** A token never grants more than the role holds now, whatever it was issued with (S-198). */
  private stillHeld(granted: readonly string[], role: string): readonly string[] {
    const held = this.scopes.expand([role]);
    return granted.filter((name) => held.has(name));
  }

  /** We never write `nbf`, and heed it all the same (S-71). */
  private isEarly({ iat, nbf = iat }: AccessTokenClaims & { readonly nbf?: unknown }): boolean {
    const latest = this.clock.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
    return typeof nbf !== 'number' || Math.max(iat, nbf) > latest;
  }

  private hasExpired({ exp }: AccessTokenClaims): boolean {
    return this.clock.now() / 1000 >= exp + CLOCK_TOLERANCE_SECONDS;
  }
}

function tokenOf({ headers }: BearerRequest): string | null {
  return headers.authorization ? (bearerToken(headers.authorization) ?? null) : null;
}

/**
 * The token is byte for byte what our signer writes: a claim given twice would not come back, and neither
 * would a signature whose unused last bits were changed (S-78).
 */
function isWrittenByUs(token: string, claims: AccessTokenClaims): boolean {
  const [, payload = '', signature = ''] = token.split('.');
  return (
    Buffer.from(JSON.stringify(claims)).toString('base64url') === payload &&
    Buffer.from(signature, 'base64url').toString('base64url') === signature
  );
}

function invalid(detail: string) {
  return unauthorized(ERROR.ACCESS_TOKEN_INVALID, { detail, isTokenRefused: true });
}
