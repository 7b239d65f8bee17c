import { Injectable, type ArgumentsHost } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { UNKNOWN_ADDRESS } from '../common/transport/client-address.js';
import type { RequestFacts } from '../common/transport/request-facts.js';
import { TransportPolicy } from '../common/transport/transport-policy.js';
import { EventBus } from '../events/event-bus.js';
import { ANONYMOUS } from '../events/gatehouse-event.js';
import { carrierOf, type Carrier } from './carrier.js';
import { unauthorized } from './challenge.js';
import type { Principal } from './principal.js';
import { Strategies, type PresentedRequest } from './strategies.js';
import { VerificationCache } from './verification-cache.js';
import type { Verification } from './verification.js';
import { VerifiedPrincipals } from './verified-principals.js';

/** Longest `Authorization` that is parsed, in bytes (S-139). */
export const MAX_AUTHORIZATION_LENGTH = 8 * 1024;

/** Verifies the caller with the passport strategy for the scheme of `Authorization`. */
@Injectable()
export class PrincipalAuthenticator {
  /** Verifications in progress, shared by the resolvers of one GraphQL request, which run at the same time. */
  private readonly pending = new WeakMap<object, Promise<Principal>>();

  constructor(
    private readonly strategies: Strategies,
    private readonly transport: TransportPolicy,
    private readonly principals: VerifiedPrincipals,
    private readonly cache: VerificationCache,
    private readonly events: EventBus,
  ) {}

  /**
   * Verifies the caller of an HTTP request, socket or message, once for all guards and resolvers of a call.
   *
   * @param acceptsExpired whether to accept an access token that is valid except for its expiry
   * @throws CodedException 40101, 40103, 40104, 40105, 40301, 42901, 50301
   */
  authenticateCall(host: ArgumentsHost, acceptsExpired = false): Principal | Promise<Principal> {
    const carrier = carrierOf(host);
    if (!carrier.isOneCall) return this.verify(carrier, acceptsExpired);
    const known = this.principals.of(carrier.key) ?? this.pending.get(carrier.key);
    if (known) return known;
    const verification = this.verify(carrier, acceptsExpired);
    if (!(verification instanceof Promise)) return verification;
    this.pending.set(carrier.key, verification);
    return verification.finally(() => this.pending.delete(carrier.key));
  }

  /** Whether the caller sent anything as a credential. */
  hasCredential(host: ArgumentsHost): boolean {
    return Boolean(carrierOf(host).authorization);
  }

  /** For a public handler: removes the principal of an earlier message on the same socket. */
  skip(host: ArgumentsHost): void {
    const { key, isOneCall } = carrierOf(host);
    if (!isOneCall) this.principals.forget(key);
  }

  /**
   * Verifies a credential with the one strategy of its scheme, and never tries another (S-39).
   *
   * @throws CodedException 40101, 40103, 40104, 40105, 42901, 50301
   */
  authenticate(request: PresentedRequest): Principal | Promise<Principal> {
    const { clientAddress, authorization: credential = '' } = request;
    const strategy = strategyFor(credential);
    return (
      this.cache.get(credential, clientAddress) ??
      this.authenticateWith(strategy, credential, request)
    );
  }

  private async authenticateWith(
    strategy: 'bearer' | 'basic',
    credential: string,
    request: PresentedRequest,
  ): Promise<Principal> {
    try {
      const principal = await this.cache.verify(credential, () =>
        this.strategies.run<Verification>(strategy, request),
      );
      if (principal) return principal;
      throw strategy === 'bearer'
        ? unauthorized(ERROR.ACCESS_TOKEN_INVALID, { isTokenRefused: true })
        : unauthorized(ERROR.AUTHENTICATION_REQUIRED);
    } catch (error) {
      this.publishRefusal(error, request);
      throw error;
    }
  }

  /** The authenticator of API keys reports its own refusals, because it knows the key. */
  private publishRefusal(thrown: unknown, { clientAddress, requestId }: PresentedRequest): void {
    if (!(thrown instanceof CodedException) || thrown.entry !== ERROR.ACCESS_TOKEN_INVALID) return;
    const reason = thrown.detail ?? 'malformed';
    const facts = { ...ANONYMOUS, clientAddress, requestId, reason };
    this.events.publishRoutine([{ name: 'access_token.refused', ...facts }]);
  }

  private verify(carrier: Carrier, acceptsExpired: boolean): Principal | Promise<Principal> {
    const { key, authorization, request } = carrier;
    try {
      const facts = request && this.transport.admit(request);
      const principal = this.authenticate({
        authorization,
        clientAddress: facts?.clientAddress ?? UNKNOWN_ADDRESS,
        requestId: facts?.id,
        acceptsExpired,
      });
      if (principal instanceof Promise) return this.settle(key, facts, principal);
      return this.admitted(key, facts, principal);
    } catch (error) {
      this.principals.forget(key);
      throw error;
    }
  }

  private async settle(
    key: object,
    facts: RequestFacts | undefined,
    verification: Promise<Principal>,
  ): Promise<Principal> {
    try {
      return this.admitted(key, facts, await verification);
    } catch (error) {
      this.principals.forget(key);
      throw error;
    }
  }

  private admitted(key: object, facts: RequestFacts | undefined, principal: Principal): Principal {
    this.principals.set(key, principal);
    if (facts) facts.principal = principal;
    return principal;
  }
}

function strategyFor(authorization: string): 'bearer' | 'basic' {
  if (authorization.length > MAX_AUTHORIZATION_LENGTH) {
    throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
  }
  const scheme = authorization.slice(0, Math.max(0, authorization.indexOf(' '))).toLowerCase();
  if (scheme === 'bearer' || scheme === 'basic') return scheme;
  throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
}
