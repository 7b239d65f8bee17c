import { isAddressOrNarrowCidr, NARROW_CIDR } from './address-list.js';

/**
 * The fault of a list of proxies; `undefined` if it has none. Only addresses and networks are accepted, and none that
 * stands for everybody: that and hop counts would trust an outsider (S-115).
 */
export function proxiesFault(items: readonly string[]): string | undefined {
  return items.every(isAddressOrNarrowCidr)
    ? undefined
    : `must be a list of addresses and networks (CIDR), ${NARROW_CIDR}`;
}
