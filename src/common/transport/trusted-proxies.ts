import { compileTrustedProxies } from './client-address.js';

/** Public addresses of distant networks: a list that contains all of one family trusts the whole Internet. */
const DISTANT_ADDRESSES = [
  ['1.1.1.1', '100.0.0.1', '172.0.0.1', '223.255.255.1'],
  ['2001:4860::1', '2606::1', '2a00::1'],
];

/**
 * The fault of a list of proxies; `undefined` if it has none. Only addresses and networks are accepted: "all" and hop
 * counts would trust an outsider (S-115).
 */
export function proxiesFault(items: readonly string[]): string | undefined {
  try {
    const isList = items.every((item) => /[.:]/.test(item));
    if (isList && !trustsEverybody(items)) return undefined;
    return 'must be a list of addresses and networks (CIDR), together not everything';
  } catch {
    return 'must be a list of addresses and networks (CIDR)';
  }
}

function trustsEverybody(items: readonly string[]): boolean {
  const trusts = compileTrustedProxies(items);
  return DISTANT_ADDRESSES.some((addresses) => addresses.every((address) => trusts(address)));
}
