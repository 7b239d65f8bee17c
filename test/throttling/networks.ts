import type { Reachable } from '../support/http.js';

/** The proxy that the tests are to a service: requests come from the networks that it names. */
export const BEHIND_PROXY = { TRUST_PROXY: '127.0.0.1' } as const;

let last = 0;

/** An address in an IPv4 network that no other test uses. */
export function newAddress(): string {
  last++;
  return `198.${18 + (last >> 16)}.${(last >> 8) & 255}.${last & 255}`;
}

/** The service, as a client with this address reaches it. */
export function from({ url }: Reachable, address = newAddress()): Reachable {
  return { url, headers: { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' } };
}
