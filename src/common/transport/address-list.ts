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

/** Whether an entry is an address or CIDR; proxy-addr itself would also accept names such as `loopback`. */
export function isAddressOrCidr(entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = version === 4 ? 32 : 128;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits) return false;
  try {
    proxyAddr.compile([entry]);
    return true;
  } catch {
    return false;
  }
}
