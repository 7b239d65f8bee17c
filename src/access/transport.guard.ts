import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { PrincipalAuthenticator } from './principal-authenticator.js';

/**
 * Refuses what came in the clear, public routes included: a password or a new account's data may be in the
 * body (contract §1).
 *
 * @throws CodedException 40301
 */
@Injectable()
export class TransportGuard implements CanActivate {
  constructor(private readonly authenticator: PrincipalAuthenticator) {}

  canActivate(context: ExecutionContext): boolean {
    this.authenticator.admit(context);
    return true;
  }
}
