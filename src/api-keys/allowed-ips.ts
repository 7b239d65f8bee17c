import { isAddressOrNarrowCidr, NARROW_CIDR } from '../common/transport/address-list.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';

/** So many entries fit into the column. */
export const MAX_ALLOWED_IPS = 20;

/**
 * Checks the addresses that a new key is restricted to, whether a client or the application asks for it (S-195).
 *
 * @throws CodedException 40001
 */
export function assertAllowedIps(list: readonly string[] | null): void {
  const fault = list === null ? undefined : faultOf(list);
  if (fault !== undefined) throw invalidRequest([{ field: 'allowed_ips', message: fault }]);
}

function faultOf(list: readonly string[]): string | undefined {
  if (list.length === 0 || list.length > MAX_ALLOWED_IPS) {
    return `allowed_ips must have 1 to ${MAX_ALLOWED_IPS} entries`;
  }
  return list.every(isAddressOrNarrowCidr)
    ? undefined
    : `each value in allowed_ips must be an IP address or CIDR, ${NARROW_CIDR}`;
}
