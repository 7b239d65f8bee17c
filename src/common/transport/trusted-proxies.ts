import { isAddressOrNarrowCidr } from './address-list.js';

/**
 * The fault of a list of proxies; `undefined` if it has none. Only addresses and networks are accepted, and none that
 * stands for everybody: that and hop counts would trust an outsider (S-115).
 */
export function proxiesFault(items: readonly string[]): string | undefined {
  return items.every(isAddressOrNarrowCidr)
    ? undefined
    : 'must be a list of addresses and networks (CIDR), from /8 on in IPv4 (within IPv6 too) and from /16 on in IPv6';
}
