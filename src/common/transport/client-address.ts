import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6, type Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import { compileAddressList, type AddressList } from './address-list.js';

/** Whether an address belongs to a trusted proxy. */
export type TrustedProxies = AddressList;

/** Longest text form of an address, and the length of the column that stores it. */
const MAX_ADDRESS_LENGTH = 45;

/** Parsing an address takes longer than the rest of the gate, and most requests come from few peers. */
const MAX_KNOWN_PEERS = 1000;

/** Same as {@link compileAddressList}, with a cache. */
export function compileTrustedProxies(list: readonly string[]): TrustedProxies {
  const includes = compileAddressList(list);
  const cache = new LRUCache<string, boolean>({ max: MAX_KNOWN_PEERS });
  return (address) => {
    const cached = cache.get(address);
    if (cached !== undefined) return cached;
    const isTrusted = includes(address);
    if (address.length <= MAX_ADDRESS_LENGTH) cache.set(address, isTrusted);
    return isTrusted;
  };
}

/** Stands for an address that cannot be determined; no address list contains it (S-207). */
export const UNKNOWN_ADDRESS = '';

/** The form of an address in a log line or an audit event. */
export function shownAddress(address: string): string {
  return address === UNKNOWN_ADDRESS ? 'unknown' : address;
}

/**
 * Finds the right-most hop of `X-Forwarded-For` that is not a trusted proxy; entries left of it can be forged. A hop
 * that cannot be parsed, or another forwarding header without this one, gives {@link UNKNOWN_ADDRESS} (S-207). The
 * result is a proxy's own address only for a request that the proxy did not forward.
 */
export function clientAddress(request: IncomingMessage, trusts: TrustedProxies): string {
  const peer = request.socket.remoteAddress ?? UNKNOWN_ADDRESS;
  if (!trusts(peer)) return withoutIpv4Mapping(peer);
  const { headers } = request;
  // Node joins a repeated header with commas, in the order of arrival.
  const forwarded = headers['x-forwarded-for'];
  if (typeof forwarded === 'string') return rightmostUntrusted(forwarded, trusts);
  const isForwarded = headers['forwarded'] !== undefined || headers['x-real-ip'] !== undefined;
  return isForwarded ? UNKNOWN_ADDRESS : withoutIpv4Mapping(peer);
}

/** If all hops are trusted, gives the left-most: a proxy that sends a request of its own through another one. */
function rightmostUntrusted(forwarded: string, trusts: TrustedProxies): string {
  let address = UNKNOWN_ADDRESS;
  for (let end = forwarded.length; end >= 0;) {
    const comma = end === 0 ? -1 : forwarded.lastIndexOf(',', end - 1);
    address = forwardedAddress(forwarded.slice(comma + 1, end));
    if (address === UNKNOWN_ADDRESS || !trusts(address)) break;
    end = comma;
  }
  return withoutIpv4Mapping(address);
}

/** `203.0.113.9:51234`, as Azure's gateways and IIS write it, `[2001:db8::9]:51234` and `[2001:db8::9]`. */
const WITH_PORT = /^(?:([\d.]+):\d{1,5}|\[([\da-f:.]+)\](?::\d{1,5})?)$/i;
/** A hop can have brackets and a port besides the longest address. */
const MAX_HOP_LENGTH = MAX_ADDRESS_LENGTH + '[]:65535'.length;

/** Parses one hop. A zone id (`fe80::1%eth0`) is refused: it names an interface of the machine that wrote it. */
function forwardedAddress(hop: string): string {
  if (isIPv4(hop)) return hop;
  const trimmed = hop.replaceAll(/^[ \t]+|[ \t]+$/g, '');
  if (trimmed.length > MAX_HOP_LENGTH) return UNKNOWN_ADDRESS;
  const [, ipv4, ipv6] = WITH_PORT.exec(trimmed) ?? [];
  const plain = ipv4 ?? trimmed;
  if (isIPv4(plain)) return plain;
  const address = ipv6 ?? trimmed;
  return isIPv6(address) && !address.includes('%') ? address : UNKNOWN_ADDRESS;
}

/** The address at the other end of a connection, which may be a proxy's. */
export function peerAddress({ remoteAddress = UNKNOWN_ADDRESS }: Pick<Socket, 'remoteAddress'>) {
  return withoutIpv4Mapping(remoteAddress);
}

/** Makes `::ffff:192.0.2.1` and `192.0.2.1` one client. */
function withoutIpv4Mapping(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = address.toLowerCase().startsWith('::ffff:') ? address.slice(7) : address;
  return isIPv4(mapped) ? mapped : address;
}

export function isLoopback(address: string): boolean {
  const plain = withoutIpv4Mapping(address);
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}
