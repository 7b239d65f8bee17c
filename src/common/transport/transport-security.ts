import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { headerValues } from './header-values.js';
import { isLoopback, type TrustedProxies } from './client-address.js';

/** Options that decide whether plain HTTP is served. */
export interface TransportSecurityOptions {
  readonly trusts: TrustedProxies;
  /** Serve plain HTTP to loopback peers (contract §1); never in production. */
  readonly allowLoopback: boolean;
}

/** `https`: encrypted as far as Gatehouse or its trusted proxy. `loopback`: plain, but never left the machine. */
export type TransportSecurity = 'https' | 'loopback' | 'insecure';

/** Classifies the transport of a request (contract §1, S-115, S-116, S-121). */
export function transportSecurity(
  request: IncomingMessage,
  options: TransportSecurityOptions,
): TransportSecurity {
  if ((request.socket as TLSSocket).encrypted) return 'https';
  const peer = request.socket.remoteAddress ?? '';
  if (options.trusts(peer)) return saysHttps(request) ? 'https' : 'insecure';
  const isLocal = isLoopback(peer) && !hasForwardingHeader(request);
  return options.allowLoopback && isLocal ? 'loopback' : 'insecure';
}

/** Whether there is exactly one `X-Forwarded-Proto: https`: a list or repeated header may hold a client's value. */
export function saysHttps(request: IncomingMessage): boolean {
  const [value, ...others] = headerValues(request, 'x-forwarded-proto');
  return value === 'https' && others.length === 0;
}

/** Whether a proxy says that it has passed the request on. */
export function hasForwardingHeader(request: IncomingMessage): boolean {
  return Object.keys(request.headers).some(
    (name) =>
      name.startsWith('x-forwarded-') ||
      name === 'forwarded' ||
      name === 'x-real-ip' ||
      name === 'via',
  );
}
