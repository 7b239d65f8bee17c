import type { Principal } from './principal.js';

/**
 * Principals by request, known to the guards alone: a `request.user` that someone else set counts for
 * nothing (S-191).
 */
const principals = new WeakMap<object, Principal>();

export function verifiedPrincipal(request: object): Principal | undefined {
  return principals.get(request);
}

export function setVerifiedPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
}
