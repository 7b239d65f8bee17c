import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';

/** Decides whether an address is in a list. */
export type AddressList = (address: string) => boolean;

/**
 * Compiles addresses and CIDRs.
 *
 * proxy-addr is Express's own implementation: it reads every notation of an IPv6 address, and treats an
 * IPv4-mapped one as IPv4.
 *
 * @throws TypeError when an entry is no address or CIDR
 */
export function compileAddressList(list: readonly string[]): AddressList {
  const includes = proxyAddr.compile([...list]);
  return (address) => includes(address, 0);
}

/**
 * Shortest prefixes of networks that still restrict something. The first range that has addresses in common with a
 * network decides. IPv4 ends at /8, in every form that stands for it within IPv6.
 */
const SHORTEST_PREFIXES = [
  ['::ffff:0:0/96', 96 + 8], // IPv4-mapped, and IPv4 itself
  ['::/96', 96 + 8], // IPv4-compatible
  ['::ffff:0:0:0/96', 96 + 8], // RFC 2765: IPv4-translated
  ['64:ff9b::/96', 96 + 8], // RFC 6052: NAT64
  ['64:ff9b:1::/48', 96 + 8], // RFC 8215: NAT64 of one network
  ['2001::/32', 96 + 8], // RFC 4380: Teredo, whose last 32 bits are the client's IPv4 address
  ['2002::/16', 16 + 8], // RFC 3056: 6to4
  ['fc00::/7', 7], // RFC 4193: private
  ['fe80::/10', 10], // RFC 4291: link-local
  ['::/1', 16],
  ['8000::/1', 16],
] as const;

const RANGES = SHORTEST_PREFIXES.map(([network, shortest]) => {
  const [first = ''] = network.split('/');
  return { first, includes: compileAddressList([network]), shortest };
});

/** The rule of {@link isAddressOrNarrowCidr}, for messages. */
export const NARROW_CIDR = 'from /8 on in IPv4 (within IPv6 too) and from /16 on in IPv6';

/**
 * Whether an entry is an address, or a CIDR of at most a 256th of the IPv4 Internet or a 65,536th of IPv6: a list of a
 * few entries cannot stand for everybody (S-115, S-195). proxy-addr itself would also accept names such as `loopback`.
 */
export function isAddressOrNarrowCidr(entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits))
    return false;
  try {
    const includes = compileAddressList([entry]);
    const range = RANGES.find((each) => each.includes(address) || includes(each.first));
    return range !== undefined && Number(prefix ?? bits) + 128 - bits >= range.shortest;
  } catch {
    // A rare notation of IPv6 that Node reads and proxy-addr does not.
    return false;
  }
}
