import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { randomUUID, type KeyObject } from 'node:crypto';
import { MAX_AUTHORIZATION_LENGTH } from '../access/principal-authenticator.js';
import { Clock } from '../common/clock.js';
import {
  hasAccessTokenForm,
  isWrittenByUs,
  type AccessTokenClaims,
} from './access-token-claims.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { SigningAlgorithm, SigningKey } from './signing-keys.js';

/** RFC 9068 §2.1: nothing else that is ever signed can pass as an access token (S-70). */
const TOKEN_TYPE = 'at+jwt';

/** What is left of the longest `Authorization` beside the scheme. */
const MAX_TOKEN_LENGTH = MAX_AUTHORIZATION_LENGTH - 'Bearer '.length;

/** Header members that name a key by other means than `kid`, or ask for more than we know. */
const REFUSED_HEADER_MEMBERS = ['crit', 'jku', 'jwk', 'x5u', 'x5c'] as const;

export interface IssuedAccessToken {
  readonly token: string;
  /** In ms since the epoch. */
  readonly expiresAt: number;
  /** In seconds from now. */
  readonly expiresIn: number;
}

type TokenSubject = Omit<AccessTokenClaims, 'aud' | 'exp' | 'iat' | 'iss' | 'jti'>;

/** Makes access tokens and finds the key that one was made with. */
@Injectable()
export class AccessTokenService {
  private readonly signingKey: SigningKey;
  private readonly keysById: ReadonlyMap<string, SigningKey>;

  constructor(
    private readonly jwt: JwtService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly clock: Clock,
  ) {
    const [signingKey] = options.signingKeys;
    if (!signingKey) throw new Error('at least one signing key is needed');
    this.signingKey = signingKey;
    this.keysById = new Map(options.signingKeys.map((key) => [key.id, key]));
  }

  /**
   * @param notAfter end of session and key, in ms since the epoch: no token outlives them (S-71)
   * @param own the host's claims
   * @throws Error when those make the token longer than any request may carry
   */
  issue(
    subject: TokenSubject,
    notAfter: number,
    own: Readonly<Record<string, unknown>> = {},
  ): IssuedAccessToken {
    const now = this.clock.now();
    const iat = Math.floor(now / 1000);
    const end = Math.min(now + this.options.accessTokenLifetimeMs, notAfter);
    const exp = Math.floor(end / 1000);
    const { issuer: iss, audience: aud } = this.options;
    const claims: AccessTokenClaims = { ...own, ...subject, aud, exp, iat, iss, jti: randomUUID() };
    const token = this.jwt.sign(claims, {
      privateKey: this.signingKey.signWith,
      algorithm: this.signingKey.algorithm,
      keyid: this.signingKey.id,
      header: { alg: this.signingKey.algorithm, typ: TOKEN_TYPE },
    });
    if (token.length > MAX_TOKEN_LENGTH) throw new Error('own claims make the token too long');
    return { token, expiresAt: exp * 1000, expiresIn: Math.max(0, exp - iat) };
  }

  /** Of an access token, in ms, unless its session ends before. */
  get lifetimeMs(): number {
    return this.options.accessTokenLifetimeMs;
  }

  /** The algorithm every token must be made with. */
  get algorithm(): SigningAlgorithm {
    return this.signingKey.algorithm;
  }

  /**
   * The key to check a token with, by its header alone; nothing in the token is trusted yet (S-67).
   *
   * @returns `undefined` when the header is not one of ours
   */
  verificationKey(token: string): KeyObject | undefined {
    const header = headerOf(token);
    if (!header || header['typ'] !== TOKEN_TYPE || typeof header['kid'] !== 'string')
      return undefined;
    if (REFUSED_HEADER_MEMBERS.some((name) => Object.hasOwn(header, name))) return undefined;
    const key = this.keysById.get(header['kid']);
    return key && key.algorithm === header['alg'] ? key.verifyWith : undefined;
  }

  /**
   * Claims of a token that this service signed, whatever its times and whatever became of its session.
   *
   * @returns `undefined` for any other token
   */
  genuineClaims(token: string): AccessTokenClaims | undefined {
    const key = this.verificationKey(token);
    if (!key) return undefined;
    const { issuer, audience } = this.options;
    try {
      const claims: unknown = this.jwt.verify(token, {
        // The type knows no KeyObject, which jsonwebtoken takes.
        publicKey: key as unknown as Buffer,
        algorithms: [this.algorithm],
        issuer,
        audience,
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
      return hasAccessTokenForm(claims) && isWrittenByUs(token, claims) ? claims : undefined;
    } catch {
      return undefined;
    }
  }
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
