import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';
import { LRUCache } from 'lru-cache';
import proxyAddr from 'proxy-addr';
import { compileAddressList, type AddressList } from './address-list.js';

/** Whether an address belongs to a proxy that we were told to trust. */
export type TrustedProxies = AddressList;

/** Longest text form of an address, as wide as the column that keeps it. */
const MAX_ADDRESS_LENGTH = 45;

/** Reading an address takes longer than all else that the gate does, and most requests come from few. */
const MAX_KNOWN_PEERS = 1000;

/** As {@link compileAddressList}, with a memory. */
export function compileTrustedProxies(list: readonly string[]): TrustedProxies {
  const includes = compileAddressList(list);
  const known = new LRUCache<string, boolean>({ max: MAX_KNOWN_PEERS });
  return (address) => {
    const remembered = known.get(address);
    if (remembered !== undefined) return remembered;
    const isTrusted = includes(address);
    if (address.length <= MAX_ADDRESS_LENGTH) known.set(address, isTrusted);
    return isTrusted;
  };
}

/**
 * Right-most hop of `X-Forwarded-For` that is not a trusted proxy; entries left of it can be forged. Where
 * a proxy names no address (`unknown`, say), it is the proxy's own.
 */
export function clientAddress(request: IncomingMessage, trusts: TrustedProxies): string {
  const peer = request.socket.remoteAddress ?? '';
  if (!trusts(peer)) return withoutIpv4Mapping(peer);
  const forwarded = request.headers['x-forwarded-for'];
  // One hop, as a rule: there is nothing to look for.
  const isOne = typeof forwarded === 'string' && forwarded !== '' && !/[, ]/.test(forwarded);
  const hop = isOne ? forwarded : proxyAddr(request, trusts);
  const isAddress = isIP(hop) !== 0 && hop.length <= MAX_ADDRESS_LENGTH;
  return withoutIpv4Mapping(isAddress ? hop : peer);
}

/** `::ffff:192.0.2.1` and `192.0.2.1` are one client. */
function withoutIpv4Mapping(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = address.toLowerCase().startsWith('::ffff:') ? address.slice(7) : address;
  return isIPv4(mapped) ? mapped : address;
}

export function isLoopback(address: string): boolean {
  const plain = withoutIpv4Mapping(address);
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}
