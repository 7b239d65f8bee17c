import { Inject, Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CodedException } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';
import type { RoomSettings } from '../settings/settings.js';
import { clientAddress, compileTrustedProxies, type TrustedProxies } from './client-address.js';
import { judgedFacts, setRequestFacts, type RequestFacts } from './request-facts.js';
import { saysHttps, transportSecurity } from './transport-security.js';

/** How requests reach us, where no gate of our own stands in front. */
export type TransportOptions = RoomSettings['transport'];

export const TRANSPORT_OPTIONS = Symbol('gatehouse:transport-options');

type ExposureListener = (authorization: string) => void;

const UNNAMED_PROXY =
  'X-Forwarded-Proto: https counts only from a proxy that transport.trustProxy names, and it names none';
/** A proxy that was not named refuses every request; the log need not say so at each. */
const WARNING_INTERVAL_MS = 60_000;

/** Refuses credentials that crossed a network in the clear, and finds out where a request came from. */
@Injectable()
export class TransportPolicy {
  private readonly trusts: TrustedProxies;
  private onExposed: ExposureListener | undefined;
  /** Requests that were refused: each resolver of one GraphQL request asks anew. */
  private readonly refused = new WeakMap<IncomingMessage, CodedException>();
  private readonly logger = new Logger(TransportPolicy.name);
  private warnedAt = -Infinity;

  constructor(@Inject(TRANSPORT_OPTIONS) private readonly options: TransportOptions) {
    this.trusts = compileTrustedProxies(options.trustProxy);
  }

  /** @param listener told of every `Authorization` that came in the clear, after the refusal */
  reportExposed(listener: ExposureListener): void {
    this.onExposed = listener;
  }

  /**
   * Judges a request once, unless a gate has, and notes where it came from.
   *
   * @throws CodedException 40301
   */
  admit(request: IncomingMessage): RequestFacts {
    const earlier = this.refused.get(request);
    if (earlier) throw earlier;
    const known = judgedFacts(request);
    if (known) return known;
    const facts = { id: randomUUID(), clientAddress: clientAddress(request, this.trusts) };
    setRequestFacts(request, facts);
    const { https, revokesExposed } = this.options;
    if (https === 'unchecked') return facts;
    const options = { trusts: this.trusts, allowLoopback: https === 'except_loopback' };
    if (transportSecurity(request, options) !== 'insecure') return facts;
    const refusal = this.isBehindUnnamedProxy(request)
      ? this.refuseUnnamedProxy(request)
      : this.refuseExposed(request, revokesExposed);
    this.refused.set(request, refusal);
    throw refusal;
  }

  /** No proxy is named, and yet one seems to stand in front: the credential came by HTTPS as far as there. */
  private isBehindUnnamedProxy(request: IncomingMessage): boolean {
    return this.options.trustProxy.length === 0 && saysHttps(request);
  }

  /** Revokes nothing: a host's missing setting must not end its users' sessions (contract §1). */
  private refuseUnnamedProxy(request: IncomingMessage): CodedException {
    const now = performance.now();
    if (now - this.warnedAt >= WARNING_INTERVAL_MS) {
      this.warnedAt = now;
      const peer = request.socket.remoteAddress ?? 'unknown';
      this.logger.warn(`40301 for a request from ${peer}, nothing is revoked: ${UNNAMED_PROXY}`);
    }
    return new CodedException(ERROR.HTTPS_REQUIRED, {
      errors: [{ field: 'X-Forwarded-Proto', message: UNNAMED_PROXY }],
    });
  }

  private refuseExposed(request: IncomingMessage, isRevoked: boolean): CodedException {
    const { authorization } = request.headers;
    const { onExposed } = this;
    // After the refusal, so that a live credential takes no longer than a dead one (S-200).
    if (isRevoked && onExposed && authorization) setImmediate(() => onExposed(authorization));
    return new CodedException(ERROR.HTTPS_REQUIRED);
  }
}
