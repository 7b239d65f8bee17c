import { Injectable } from '@nestjs/common';
import { createPrivateSlot } from '../common/private-slot.js';
import type { Principal } from './principal.js';

/** For `@CurrentPrincipal()`, which Nest gives nothing injected: whom the guard of the route let in. */
const admitted = createPrivateSlot<Principal | undefined>();

/**
 * Principals by request, known to this Gatehouse's guards alone: neither a `request.user` that someone else
 * set nor another Gatehouse's principal counts for anything (S-191).
 */
@Injectable()
export class VerifiedPrincipals {
  private readonly verified = createPrivateSlot<Principal | undefined>();

  of(carrier: object): Principal | undefined {
    return this.verified.of(carrier);
  }

  set(carrier: object, principal: Principal): void {
    this.verified.set(carrier, principal);
    admitted.set(carrier, principal);
  }

  /** What was verified earlier on a carrier that lives longer than one message is verified anew. */
  forget(carrier: object): void {
    this.verified.set(carrier, undefined);
    admitted.set(carrier, undefined);
  }
}

/** The principal that a guard verified on the carrier, whichever Gatehouse's it was. */
export function admittedPrincipal(carrier: object): Principal | undefined {
  return admitted.of(carrier);
}
