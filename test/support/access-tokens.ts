// Makes access tokens of any content, and verifies them with the real strategy and verifier, as passport does.
import { JwtService } from '@nestjs/jwt';
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { unauthorized } from '../../src/access/challenge.js';
import type { Principal } from '../../src/access/principal.js';
import { Strategies, type PresentedRequest } from '../../src/access/strategies.js';
import type { Verification } from '../../src/access/verification.js';
import { AccountScopes } from '../../src/accounts/account-scopes.js';
import type { RolesRepository } from '../../src/accounts/roles.repository.js';
import { AccessTokenIssuer } from '../../src/auth/access-tokens/issuer.js';
import { hmacSigningKey, type SigningKey } from '../../src/auth/access-tokens/signing-keys.js';
import { AccessTokenVerifier } from '../../src/auth/access-tokens/verifier.js';
import type { ApiKeyVerifier } from '../../src/auth/api-key-verifier.js';
import type { AuthOptions } from '../../src/auth/auth-options.js';
import type { ApiKeyPair } from '../../src/auth/credentials.js';
import { GrantedScopes } from '../../src/auth/granted-scopes.js';
import type { Identity } from '../../src/auth/identity.js';
import { ProfileService } from '../../src/auth/profile.service.js';
import type { SessionDetails, SessionReader } from '../../src/auth/session-reader.js';
import { BearerStrategy } from '../../src/auth/strategies/bearer.strategy.js';
import { CodedException } from '../../src/common/errors/coded.exception.js';
import { ERROR } from '../../src/common/errors/error-codes.js';
import type { Database } from '../../src/database/database.js';
import type { EventBus } from '../../src/events/event-bus.js';
import { ScopeRegistry } from '../../src/scopes/scope-registry.js';
import { scopeTable } from '../../src/scopes/scope-table.js';
import { DEFAULT_OPTIONS } from './default-options.js';
import { SetClock, unbatched } from './unit.js';

export const SECRET = Buffer.alloc(32, 7);
export const NOW = Date.UTC(2026, 0, 1);

/** Makes private keys in PEM. */
export const newKey = {
  ec: () => pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  rsa: () => pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
};

function pem(key: ReturnType<typeof createPrivateKey>): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export type Json = Record<string, unknown>;

/** The claims of a good token at {@link NOW}. */
export function goodClaims(): Json {
  return {
    account_id: 'account-1',
    id: 'user-1',
    is_account_verified: true,
    name: 'Ada Lovelace',
    scope: ['owner'],
    sid: 'session-1',
    sub: 'ada@example.com',
    subject: 'ada@example.com',
    type: 'user',
    aud: 'gatehouse',
    exp: NOW / 1000 + 900,
    iat: NOW / 1000,
    iss: 'gatehouse',
    jti: 'token-1',
  };
}

export function goodHeader(key: SigningKey): Json {
  return { alg: key.algorithm, typ: 'at+jwt', kid: key.id };
}

/** Encodes header and payload; text is used as it is. */
export function signingInput(header: Json | string, payload: Json | string | Buffer): string {
  const encode = (part: Json | string | Buffer) =>
    Buffer.from(
      typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part),
    ).toString('base64url');
  return `${encode(header)}.${encode(payload)}`;
}

export function hmacToken(
  header: Json | string,
  payload: Json | string | Buffer,
  { secret = SECRET, hash = 'sha256' }: { secret?: string | Buffer; hash?: string } = {},
): string {
  const input = signingInput(header, payload);
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

export function asymmetricToken(header: Json, payload: Json, privateKey: string): string {
  const input = signingInput(header, payload);
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

/** A session of an owner, alive at {@link NOW}. */
export function liveSession(): SessionDetails {
  const session = {
    id: 'session-1',
    revokedAt: null as number | null,
    expiresAt: NOW + 86_400_000,
  };
  const identity: Identity = {
    id: 'user-1',
    type: 'user',
    accountId: 'account-1',
    role: 'owner',
    name: 'Ada Lovelace',
    sub: 'ada@example.com',
    endsAt: null,
  };
  const account = { id: 'account-1' };
  return { session, identity, account, apiKey: undefined } as unknown as SessionDetails;
}

/** The real strategy, verifier and issuer over a set clock and a fake look-up of sessions. */
export class TokenBench {
  readonly clock = new SetClock(NOW);
  readonly tokens: AccessTokenIssuer;
  readonly strategy: BearerStrategy;
  session: SessionDetails | undefined = liveSession();
  /** Every session id that was looked up. */
  readonly lookUps: string[] = [];

  constructor(readonly keys: readonly SigningKey[] = [hmacSigningKey(SECRET)]) {
    const options: AuthOptions = { ...DEFAULT_OPTIONS.auth, signingKeys: keys };
    const sessions = {
      find: (id: string) => {
        this.lookUps.push(id);
        return Promise.resolve(this.session);
      },
    } as unknown as SessionReader;
    const jwt = new JwtService();
    this.tokens = new AccessTokenIssuer(jwt, options, this.clock);
    const registry = new ScopeRegistry(scopeTable());
    const roles = { findByAccountIds: () => Promise.resolve([]) } as unknown as RolesRepository;
    const database = { batched: unbatched } as unknown as Database;
    const scopes = new GrantedScopes(new AccountScopes(registry, roles, database), {} as EventBus);
    // Every key is unknown.
    const apiKeys = {
      verify: (_pair: ApiKeyPair, _origin: object, how: object) =>
        Promise.reject(unauthorized(ERROR.API_KEY_INVALID, how)),
    } as unknown as ApiKeyVerifier;
    const verifier = new AccessTokenVerifier(
      options,
      jwt,
      sessions,
      scopes,
      new ProfileService(),
      this.clock,
    );
    this.strategy = new BearerStrategy(verifier, apiKeys, new Strategies());
  }

  get key(): SigningKey {
    const [key] = this.keys;
    if (!key) throw new Error('no key');
    return key;
  }

  /** An HS256 token with some members changed; `undefined` leaves one out. */
  forge(claims: Json = {}, header: Json = {}): string {
    return hmacToken({ ...goodHeader(this.key), ...header }, { ...goodClaims(), ...claims });
  }

  /** Verifies the token as passport would; returns the principal, or the code of the refusal. */
  judge(token: string): Promise<Principal | number> {
    return this.judgeHeader(`Bearer ${token}`);
  }

  judgeHeader(
    authorization: string,
    more: Partial<PresentedRequest> = {},
  ): Promise<Principal | number> {
    return new Promise((resolve, reject) => {
      // passport gives every request a copy of the strategy with its own outcomes.
      const copy = Object.assign(Object.create(this.strategy) as BearerStrategy, {
        success: ({ principal }: Verification) => resolve(principal),
        // The guard's answer to any failure that is not an error.
        fail: () => resolve(40103),
        error: (error: unknown) =>
          error instanceof CodedException ? resolve(error.entry.code) : reject(error as Error),
      });
      copy.authenticate({
        authorization,
        clientAddress: '192.0.2.7',
        requestId: 'request-1',
        ...more,
      });
    });
  }
}
