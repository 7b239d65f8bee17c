import { isIPv4 } from 'node:net';
import { UNKNOWN_ADDRESS } from './client-address.js';

/** Where an IPv6 address stands for an IPv4 address in its last 32 bits: IPv4-mapped, and NAT64 (RFC 6052). */
const EMBEDS_IPV4 = new Set(['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0']);

/**
 * The network that a client controls: its IPv4 address, or the /64 of its IPv6 address, as which all notations of one
 * address are equal (S-25). What is no address is one network, {@link UNKNOWN_ADDRESS}.
 */
export function clientNetwork(address: string): string {
  if (isIPv4(address)) return address;
  const groups = groupsOf(address);
  if (!groups) return UNKNOWN_ADDRESS;
  if (EMBEDS_IPV4.has(groups.slice(0, 6).join(':'))) {
    return groups
      .slice(6)
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
      .join('.');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] | undefined {
  // A zone id names an interface of this machine.
  const [plain = ''] = address.split('%');
  const url = `http://[${plain}]`;
  if (!plain.includes(':') || !URL.canParse(url)) return undefined;
  // The URL standard has one notation for each address.
  const [head = '', tail] = new URL(url).hostname.slice(1, -1).split('::');
  const [first, last] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  if (!first || !last) return undefined;
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array<string>(zeros).fill('0'), ...last];
}
