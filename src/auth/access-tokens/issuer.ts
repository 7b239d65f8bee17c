import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { randomUUID } from 'node:crypto';
import { MAX_AUTHORIZATION_LENGTH } from '../../access/principal-authenticator.js';
import type { Account } from '../../accounts/account.entity.js';
import { Clock } from '../../common/clock.js';
import type { LiveSession } from '../../sessions/live-session.js';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import type { TokenResponseDto } from '../dto/token-response.dto.js';
import type { Identity } from '../identity.js';
import { isReservedClaim, TOKEN_TYPE, type AccessTokenClaims } from './claims.js';
import type { SigningKey } from './signing-keys.js';

/** Longest token that still fits into an `Authorization` header beside the scheme. */
const MAX_TOKEN_LENGTH = MAX_AUTHORIZATION_LENGTH - 'Bearer '.length;

export interface IssuedAccessToken {
  readonly token: string;
  /** In ms since the epoch. */
  readonly expiresAt: number;
  /** In seconds from now. */
  readonly expiresIn: number;
}

/** The content of the answer to a grant. */
export interface TokenContent {
  readonly session: LiveSession;
  readonly identity: Identity;
  readonly account: Pick<Account, 'isVerified'>;
  readonly scope: readonly string[];
  /** The host's own claims, by {@link AccessTokenIssuer.ownClaims}. */
  readonly own: Readonly<Record<string, unknown>>;
  /** `undefined` where the grant gives none. */
  readonly refreshToken: string | undefined;
}

type ClaimsToIssue = Omit<AccessTokenClaims, 'aud' | 'exp' | 'iat' | 'iss' | 'jti'>;

/** Issues access tokens. */
@Injectable()
export class AccessTokenIssuer {
  private readonly signingKey: SigningKey;

  /** @internal CommonJS hosts compile without the types of @nestjs/jwt, which are those of an ES module. */
  constructor(
    private readonly jwt: JwtService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly clock: Clock,
  ) {
    const [signingKey] = options.signingKeys;
    if (!signingKey) throw new Error('at least one signing key is needed');
    this.signingKey = signingKey;
  }

  /** Lifetime of an access token in ms, unless its session ends earlier. */
  get lifetimeMs(): number {
    return this.options.lifetimeMs;
  }

  /**
   * Asks the host for its own claims.
   *
   * @throws Error when the host gives a reserved claim
   */
  async ownClaims(
    { id, type, accountId, role }: Identity,
    scope: readonly string[],
    sessionId: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { claims } = this.options;
    const own = claims ? await claims({ id, type, accountId, role, scope, sessionId }) : {};
    const taken = Object.keys(own).find(isReservedClaim);
    if (taken !== undefined) throw new Error(`claims must not give ${taken}, which is not its own`);
    return own;
  }

  /** The token endpoint's answer, with a new access token. */
  respond({
    session,
    identity,
    account,
    scope,
    own,
    refreshToken,
  }: TokenContent): TokenResponseDto {
    const { id, type, accountId, name, sub, endsAt } = identity;
    const claims = {
      access_generation: session.accessGeneration,
      account_id: accountId,
      id,
      is_account_verified: account.isVerified,
      name,
      scope,
      sid: session.id,
      sub,
      subject: sub,
      type,
    };
    const notAfter = Math.min(session.expiresAt, endsAt ?? Infinity);
    const { token, expiresAt, expiresIn } = this.issue(claims, notAfter, own);
    return {
      token_type: 'bearer',
      access_token: token,
      expires_at: expiresAt,
      expires_in: expiresIn,
      Scope: [...scope],
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    };
  }

  /**
   * @param notAfter end of session and key, in ms since the epoch: no token outlives them (S-71)
   * @param own the host's claims
   * @throws Error when the host's claims make the token too long for a request
   */
  issue(
    content: ClaimsToIssue,
    notAfter: number,
    own: Readonly<Record<string, unknown>> = {},
  ): IssuedAccessToken {
    const now = this.clock.now();
    const iat = Math.floor(now / 1000);
    const end = Math.min(now + this.lifetimeMs, notAfter);
    const exp = Math.floor(end / 1000);
    const { issuer: iss, audience: aud } = this.options;
    const claims: AccessTokenClaims = { ...own, ...content, aud, exp, iat, iss, jti: randomUUID() };
    const { algorithm, id: keyid, signWith: privateKey } = this.signingKey;
    const header = { alg: algorithm, typ: TOKEN_TYPE };
    const token = this.jwt.sign(claims, { privateKey, algorithm, keyid, header });
    if (token.length > MAX_TOKEN_LENGTH) throw new Error('own claims make the token too long');
    return { token, expiresAt: exp * 1000, expiresIn: Math.max(0, exp - iat) };
  }
}
