import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { KeyObject } from 'node:crypto';
import { unauthorized } from '../../access/challenge.js';
import type { Principal } from '../../access/principal.js';
import type { PresentedRequest } from '../../access/strategies.js';
import type { Verification } from '../../access/verification.js';
import { allowedAddresses, usableUntil } from '../../api-keys/api-key-state.js';
import { Clock } from '../../common/clock.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import { GrantedScopes } from '../granted-scopes.js';
import type { Identity } from '../identity.js';
import { ProfileService } from '../profile.service.js';
import { SessionReader, type SessionDetails } from '../session-reader.js';
import {
  hasAccessTokenForm,
  isWrittenByUs,
  ownClaimsIn,
  TOKEN_TYPE,
  type AccessTokenClaims,
} from './claims.js';
import type { SigningAlgorithm, SigningKey } from './signing-keys.js';

/** Difference between clocks that is tolerated in `iat` and `nbf`, in seconds; `exp` is exact (S-71). */
const CLOCK_TOLERANCE_SECONDS = 30;

/** Header members that name a key by other means than `kid`, or require unsupported extensions. */
const REFUSED_HEADER_MEMBERS = ['crit', 'jku', 'jwk', 'x5u', 'x5c'] as const;

/** Checks access tokens: signature, form and times, then the session and its user or API key. */
@Injectable()
export class AccessTokenVerifier {
  private readonly keysById: ReadonlyMap<string, SigningKey>;
  /** Contains the one algorithm that every token must be signed with (S-65). */
  private readonly algorithms: SigningAlgorithm[];

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly jwt: JwtService,
    private readonly sessions: SessionReader,
    private readonly scopes: GrantedScopes,
    private readonly profiles: ProfileService,
    private readonly clock: Clock,
  ) {
    this.keysById = new Map(options.signingKeys.map((key) => [key.id, key]));
    this.algorithms = options.signingKeys.slice(0, 1).map(({ algorithm }) => algorithm);
  }

  /**
   * Verifies a token, and that its session, its user or key, and its account are active now.
   *
   * @throws CodedException 40103, 40104, 50301
   */
  async verify(
    token: string,
    { clientAddress, acceptsExpired }: Pick<PresentedRequest, 'clientAddress' | 'acceptsExpired'>,
  ): Promise<Verification> {
    const claims = this.genuineClaims(token);
    if (!claims || this.isEarly(claims)) throw invalid('signature, header or claims');
    if (this.clock.now() >= claims.exp * 1000 && !acceptsExpired) {
      throw unauthorized(ERROR.ACCESS_TOKEN_EXPIRED, { isTokenRefused: true });
    }
    return this.verifySession(claims, clientAddress);
  }

  /** Performs the part of a verification that depends on rows. */
  private async verifySession(
    claims: AccessTokenClaims,
    clientAddress: string,
  ): Promise<Verification> {
    const details = await this.sessions.find(claims.sid, clientAddress, claims.type);
    if (!details) throw invalid('session, user, key or account is gone');
    const { session, identity, apiKey } = details;
    if (!isTokenOf(claims, identity)) throw invalid('not the session of its subject');
    if (session.revokedAt !== null || session.expiresAt <= this.clock.now()) {
      throw invalid('session has ended');
    }
    const principal = await this.principalOf(claims, details);
    const { id, accountId, expiresAt } = principal;
    return {
      principal,
      until: Math.min(expiresAt ?? Infinity, apiKey ? usableUntil(apiKey) : Infinity),
      dependsOn: [session.id, id, accountId],
      takesFrom: apiKey && allowedAddresses(apiKey),
      renew: () => this.verifySession(claims, clientAddress),
    };
  }

  /**
   * The claims of a token that this service signed, without a check of its times and its session.
   *
   * @returns `undefined` for any other token
   */
  genuineClaims(token: string): AccessTokenClaims | undefined {
    const key = this.verificationKey(token);
    if (!key) return undefined;
    const { issuer, audience } = this.options;
    try {
      const claims: unknown = this.jwt.verify(token, {
        // The type lacks KeyObject, which jsonwebtoken accepts and verifies fastest with.
        publicKey: key as KeyObject & Buffer,
        algorithms: this.algorithms,
        issuer,
        audience,
        // The caller checks the times by the clock of Gatehouse (S-187).
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
      return hasAccessTokenForm(claims) && isWrittenByUs(token, claims) ? claims : undefined;
    } catch {
      return undefined;
    }
  }

  /** Chooses the key to check a token with by the token's header; nothing in the token is trusted yet (S-67). */
  private verificationKey(token: string): KeyObject | undefined {
    const header = headerOf(token);
    if (!header || header['typ'] !== TOKEN_TYPE || typeof header['kid'] !== 'string')
      return undefined;
    if (REFUSED_HEADER_MEMBERS.some((name) => Object.hasOwn(header, name))) return undefined;
    const key = this.keysById.get(header['kid']);
    return key?.algorithm === header['alg'] ? key?.verifyWith : undefined;
  }

  /** Checks `nbf` too, although Gatehouse never writes it (S-71). */
  private isEarly({ iat, nbf = iat }: AccessTokenClaims & { readonly nbf?: unknown }): boolean {
    const latest = this.clock.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
    return typeof nbf !== 'number' || Math.max(iat, nbf) > latest;
  }

  private async principalOf(
    claims: AccessTokenClaims,
    { session, identity, user, apiKey }: SessionDetails,
  ): Promise<Principal> {
    const { id, type, accountId, role } = identity;
    // Tokens of earlier releases may expire later than their API key.
    const expiresAt = Math.min(claims.exp * 1000, session.expiresAt, identity.endsAt ?? Infinity);
    const principal: Principal = {
      id,
      type,
      accountId,
      role,
      ...(await this.scopes.expand(identity, claims.scope)),
      sessionId: session.id,
      expiresAt,
      claims: ownClaimsIn(claims),
    };
    this.profiles.remember(principal, { user, apiKey });
    return principal;
  }
}

/** Whether the token was issued for that user or key. */
export function isTokenOf(claims: AccessTokenClaims, { type, id, accountId }: Identity): boolean {
  return claims.type === type && claims.id === id && claims.account_id === accountId;
}

function headerOf(token: string): Record<string, unknown> | undefined {
  try {
    const text = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString();
    const header: unknown = JSON.parse(text);
    return typeof header === 'object' && header !== null
      ? (header as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function invalid(detail: string) {
  return unauthorized(ERROR.ACCESS_TOKEN_INVALID, { detail, isTokenRefused: true });
}
