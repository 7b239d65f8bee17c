import { Inject, Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { CodedException } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';
import type { RoomSettings } from '../settings/settings.js';
import { clientAddress, compileTrustedProxies, type TrustedProxies } from './client-address.js';
import { rawRequest, type HttpRequest } from './raw-request.js';
import {
  checkedFacts,
  hostRequestId,
  originOf,
  setRequestFacts,
  type Origin,
  type RequestFacts,
} from './request-facts.js';
import { saysHttps, transportSecurity } from './transport-security.js';

/** How requests reach Gatehouse in a host, where it has no transport gate. */
export type TransportOptions = RoomSettings['transport'];

export const TRANSPORT_OPTIONS = Symbol('gatehouse:transport-options');

type ExposureListener = (authorization: string, origin: Origin) => void;

const UNNAMED_PROXY =
  'X-Forwarded-Proto: https counts only from a proxy that transport.trustProxy names, and it names none';
/** Every request through a proxy that was not named is refused; the log does not repeat the warning for each. */
const WARNING_INTERVAL_MS = 60_000;

/** Refuses credentials that crossed a network in the clear, and determines the client address of a request. */
@Injectable()
export class TransportPolicy {
  private readonly trusts: TrustedProxies;
  private onExposed: ExposureListener | undefined;
  /** Requests that were refused: each resolver of one GraphQL request asks again. */
  private readonly refused = new WeakMap<IncomingMessage, CodedException>();
  private readonly logger = new Logger(TransportPolicy.name);
  private warnedAt = -Infinity;

  constructor(@Inject(TRANSPORT_OPTIONS) private readonly options: TransportOptions) {
    this.trusts = compileTrustedProxies(options.trustProxy);
  }

  /** @param listener called after the refusal with every `Authorization` that was sent in the clear */
  reportExposed(listener: ExposureListener): void {
    this.onExposed = listener;
  }

  /**
   * Checks a request once, unless a gate has done so, and stores its facts.
   *
   * @throws CodedException 40301
   */
  admit(request: HttpRequest): RequestFacts {
    const raw = rawRequest(request);
    const earlier = this.refused.get(raw);
    if (earlier) throw earlier;
    const known = checkedFacts(raw);
    if (known) return known;
    const facts = { id: hostRequestId(request), clientAddress: clientAddress(raw, this.trusts) };
    setRequestFacts(raw, facts);
    const { https } = this.options;
    if (https === 'unchecked') return facts;
    const options = { trusts: this.trusts, allowLoopback: https === 'except_loopback' };
    if (transportSecurity(raw, options) !== 'insecure') return facts;
    const refusal = this.isBehindUnnamedProxy(raw)
      ? this.refuseUnnamedProxy(raw)
      : this.refuseExposed(raw, originOf(facts));
    this.refused.set(raw, refusal);
    throw refusal;
  }

  /** No proxy is named, yet one seems to be in front: the credential reached that proxy over HTTPS. */
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

  private refuseExposed(request: IncomingMessage, origin: Origin): CodedException {
    const { authorization } = request.headers;
    const { onExposed } = this;
    const isRevoked = this.options.revokesExposed;
    // After the refusal, so that a valid credential takes no longer than an invalid one (S-200).
    if (isRevoked && onExposed && authorization) {
      setImmediate(() => onExposed(authorization, origin));
    }
    return new CodedException(ERROR.HTTPS_REQUIRED);
  }
}
