import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy as JwtStrategy } from 'passport-jwt';
import { unauthorized } from '../../access/challenge.js';
import type { Principal } from '../../access/principal.js';
import { NO_REGISTRY, Strategies, type PresentedRequest } from '../../access/strategies.js';
import type { Verification } from '../../access/verification.js';
import { allowedAddresses, usableUntil } from '../../api-keys/api-key-state.js';
import { Clock } from '../../common/clock.js';
import { ERROR } from '../../common/errors/error-codes.js';
import {
  hasAccessTokenForm,
  isWrittenByUs,
  ownClaimsIn,
  type AccessTokenClaims,
} from '../access-token-claims.js';
import { AccessTokenService } from '../access-token.service.js';
import { ApiKeyPrincipals } from '../api-key-principals.js';
import { AUTH_OPTIONS, CLOCK_TOLERANCE_SECONDS, type AuthOptions } from '../auth-options.js';
import { apiKeyParts, bearerToken } from '../bearer-token.js';
import { GrantedScopes } from '../granted-scopes.js';
import { ProfileService } from '../profile.service.js';
import { SessionSubjects } from '../session-subjects.js';

/**
 * Passport strategy `bearer`: an access token whose session, user and account are alive now.
 *
 * passport-jwt checks signature, algorithm, issuer and audience; form, and times by our own clock
 * (S-187), are checked in `validate`.
 */
@Injectable()
export class BearerStrategy extends PassportStrategy(JwtStrategy) {
  constructor(
    @Inject(AUTH_OPTIONS) options: AuthOptions,
    tokens: AccessTokenService,
    private readonly subjects: SessionSubjects,
    private readonly scopes: GrantedScopes,
    private readonly apiKeys: ApiKeyPrincipals,
    private readonly profiles: ProfileService,
    private readonly clock: Clock,
    strategies: Strategies,
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
    strategies.register('bearer', this);
  }

  getPassportInstance(): typeof NO_REGISTRY {
    return NO_REGISTRY;
  }

  override authenticate(request: object): void {
    const presented = request as PresentedRequest;
    // `key.secret` has one dot and a JWT two.
    const apiKey = apiKeyParts(tokenOf(presented) ?? '');
    if (!apiKey) {
      // It reads nothing but what tokenOf reads.
      super.authenticate(request as Parameters<JwtStrategy['authenticate']>[0]);
      return;
    }
    const options = { isTokenRefused: true };
    this.apiKeys.authenticate(apiKey.key, apiKey.secret, presented.clientAddress, options).then(
      (verification) => this.success(verification),
      (error: unknown) => this.error(error as Error),
    );
  }

  async validate(request: PresentedRequest, claims: unknown): Promise<Verification> {
    const isGood =
      hasAccessTokenForm(claims) &&
      isWrittenByUs(tokenOf(request) ?? '', claims) &&
      !this.isEarly(claims);
    if (!isGood) throw invalid('claims');
    if (this.hasExpired(claims) && !request.acceptsExpired) {
      throw unauthorized(ERROR.ACCESS_TOKEN_EXPIRED, { isTokenRefused: true });
    }

    const found = await this.subjects.findActive(claims.sid, request.clientAddress, claims.type);
    if (!found) throw invalid('session, user, key or account is gone');
    const { session, subject, apiKey } = found;
    const isOwn =
      subject.type === claims.type &&
      subject.id === claims.id &&
      subject.accountId === claims.account_id;
    if (!isOwn) throw invalid('not the session of its subject');
    if (session.revokedAt !== null || session.expiresAt <= this.clock.now()) {
      throw invalid('session has ended');
    }
    const { id, type, accountId, role } = subject;
    const { opened, evidence } = await this.scopes.expand(subject, claims.scope);
    // Tokens of earlier releases may name a later end than their key has.
    const expiresAt = Math.min(claims.exp * 1000, session.expiresAt, subject.endsAt ?? Infinity);
    const principal: Principal = {
      id,
      type,
      accountId,
      role,
      ...opened,
      sessionId: session.id,
      expiresAt,
      claims: ownClaimsIn(claims),
    };
    this.profiles.remember(principal, found);
    return {
      principal,
      until: Math.min(expiresAt, apiKey ? usableUntil(apiKey) : Infinity),
      restsOn: [session.id, id, accountId],
      evidence: [found.evidence(), ...evidence],
      takesFrom: apiKey && allowedAddresses(apiKey),
    };
  }

  /** We never write `nbf`, and heed it all the same (S-71). */
  private isEarly({ iat, nbf = iat }: AccessTokenClaims & { readonly nbf?: unknown }): boolean {
    const latest = this.clock.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
    return typeof nbf !== 'number' || Math.max(iat, nbf) > latest;
  }

  private hasExpired({ exp }: AccessTokenClaims): boolean {
    return this.clock.now() >= exp * 1000;
  }
}

function tokenOf({ headers }: PresentedRequest): string | null {
  return headers.authorization ? (bearerToken(headers.authorization) ?? null) : null;
}

function invalid(detail: string) {
  return unauthorized(ERROR.ACCESS_TOKEN_INVALID, { detail, isTokenRefused: true });
}
