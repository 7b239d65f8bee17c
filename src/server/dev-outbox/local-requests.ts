import type { IncomingMessage } from 'node:http';
import { compileAddressList } from '../../common/transport/address-list.js';
import { headerValues } from '../../common/transport/header-values.js';
import { requestFacts } from '../../common/transport/request-facts.js';
import { hasForwardingHeader } from '../../common/transport/transport-security.js';

const isLoopback = compileAddressList(['127.0.0.0/8', '::1']);

/**
 * Whether the client is on this machine and names it. A page of another site whose name leads to this machine (DNS
 * rebinding) and a tunnel name another host, perhaps that of `PUBLIC_URL`.
 */
export function isOfThisMachine(request: IncomingMessage): boolean {
  return (
    isLoopback(requestFacts(request).clientAddress) &&
    (!isForwarded(request) || isForwardedFromHere(request)) &&
    namesThisMachine(request.headers.host ?? '')
  );
}

/** By the headers of proxies, or by HTTP/1.0: no browser speaks it, and nginx does where nothing is set. */
function isForwarded(request: IncomingMessage): boolean {
  return hasForwardingHeader(request) || request.httpVersion === '1.0';
}

/** A proxy that does not say who asks may do so for anybody, also one that is trusted. */
function isForwardedFromHere(request: IncomingMessage): boolean {
  const hops = headerValues(request, 'x-forwarded-for').join(',').split(',');
  return hops.every((hop) => isLoopback(hop.trim()));
}

function namesThisMachine(host: string): boolean {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return false;
  const name = new URL(url).hostname.replaceAll(/^\[|\]$/g, '');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name);
}
