import { BlockList, isIP } from 'node:net';
import { compileAddressList, type AddressList } from '../common/transport/address-list.js';

/** Networks of IPv4 that are not the Internet (IANA's special-purpose registry), with multicast, class E and Azure's own. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // RFC 6598: carrier-grade NAT
  '127.0.0.0/8',
  '168.63.129.16/32', // The platform of Azure, for its virtual machines, behind an address that looks public.
  '169.254.0.0/16', // RFC 3927: link-local, with the metadata of cloud providers
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24', // RFC 7526: 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Of IPv6 only this is the Internet, which leaves out every form that holds an IPv4 address but the two below. */
const GLOBAL_IPV6 = ['2000::/3'];
const SPECIAL_IPV6 = [
  '2001::/23', // RFC 2928: Teredo among them
  '2001:db8::/32',
  '2002::/16', // RFC 3056: 6to4
  '3fff::/20',
];

const special4 = blockList('ipv4', SPECIAL_IPV4);
const global6 = blockList('ipv6', GLOBAL_IPV6);
const special6 = blockList('ipv6', SPECIAL_IPV6);

/** Whether an address is one of the public Internet: not private, loopback, link-local, reserved or translated. */
function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special4.check(address, 'ipv4');
  if (version !== 6 || !hasNoZone(address)) return false;
  return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
}

/**
 * The addresses that webhooks may be sent to.
 *
 * @param networks addresses and CIDRs that are allowed although they are not public
 */
export function allowedAddresses(networks: readonly string[]): AddressList {
  const isNamed = compileAddressList(networks);
  return (address) => isPublicAddress(address) || (hasNoZone(address) && isNamed(address));
}

/** Whether it is an address, and not one of a link alone (`fe80::1%eth0`). */
function hasNoZone(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%');
}

function blockList(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
