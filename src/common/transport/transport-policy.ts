import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CodedException } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';
import { clientAddress, compileTrustedProxies, type TrustedProxies } from './client-address.js';
import { hasRequestFacts, setRequestFacts } from './request-facts.js';
import { transportSecurity } from './transport-security.js';

/** How requests reach us, where no gate of our own stands in front. */
export interface TransportOptions {
  /** Addresses and networks of the proxies whose `X-Forwarded-*` count (S-115). */
  readonly trustProxy: readonly string[];
  /**
   * `except_loopback`: credentials are taken over HTTPS, or plainly from this machine itself; `required`:
   * over HTTPS only; `unchecked`: somebody else sees to that (contract §1).
   */
  readonly https: 'required' | 'except_loopback' | 'unchecked';
  /** Whether a credential that came in the clear is revoked (S-200). */
  readonly revokesExposed: boolean;
}

export const TRANSPORT_OPTIONS = Symbol('gatehouse:transport-options');

type ExposureListener = (authorization: string) => void;

/** Refuses credentials that crossed a network in the clear, and finds out where a request came from. */
@Injectable()
export class TransportPolicy {
  private readonly trusts: TrustedProxies;
  private onExposed: ExposureListener | undefined;
  /** Requests that were refused: each resolver of one GraphQL request asks anew. */
  private readonly refused = new WeakSet<IncomingMessage>();

  constructor(@Inject(TRANSPORT_OPTIONS) private readonly options: TransportOptions) {
    this.trusts = compileTrustedProxies(options.trustProxy);
  }

  /** @param listener told of every `Authorization` that came in the clear, after the refusal */
  reportExposed(listener: ExposureListener): void {
    this.onExposed = listener;
  }

  /**
   * Lets a request in that no gate has looked at, and notes where it came from.
   *
   * @throws CodedException 40301
   */
  admit(request: IncomingMessage): void {
    if (this.refused.has(request)) throw new CodedException(ERROR.HTTPS_REQUIRED);
    if (hasRequestFacts(request)) return;
    setRequestFacts(request, {
      id: randomUUID(),
      clientAddress: clientAddress(request, this.trusts),
    });
    const { https, revokesExposed } = this.options;
    if (https === 'unchecked') return;
    const allowLoopback = https === 'except_loopback';
    if (transportSecurity(request, { trusts: this.trusts, allowLoopback }) !== 'insecure') return;
    this.refused.add(request);
    const { authorization } = request.headers;
    const { onExposed } = this;
    if (revokesExposed && onExposed && authorization) {
      setImmediate(() => onExposed(authorization));
    }
    throw new CodedException(ERROR.HTTPS_REQUIRED);
  }
}
