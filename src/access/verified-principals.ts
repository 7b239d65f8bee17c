import { Injectable } from '@nestjs/common';
import { createPrivateSlot } from '../common/private-slot.js';
import type { Principal } from './principal.js';

/** Principals for `@CurrentPrincipal()`, into which Nest injects nothing. */
const current = createPrivateSlot<Principal | undefined>();

/**
 * Principals by request, readable only by the guards of this Gatehouse: they trust neither a `request.user` that other
 * code has set nor the principal of another Gatehouse (S-191).
 */
@Injectable()
export class VerifiedPrincipals {
  private readonly verified = createPrivateSlot<Principal | undefined>();

  of(carrier: object): Principal | undefined {
    return this.verified.of(carrier);
  }

  set(carrier: object, principal: Principal): void {
    this.verified.set(carrier, principal);
    current.set(carrier, principal);
  }

  /** Removes the principal of an earlier message on a carrier of many messages. */
  forget(carrier: object): void {
    this.verified.set(carrier, undefined);
    current.set(carrier, undefined);
  }
}

/** The principal that a guard of any Gatehouse verified on the carrier. */
export function currentPrincipal(carrier: object): Principal | undefined {
  return current.of(carrier);
}
