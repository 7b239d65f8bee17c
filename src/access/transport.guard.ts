import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { TransportPolicy } from '../common/transport/transport-policy.js';

/**
 * Refuses requests that came in the clear, on public routes too: a password or a new account's data may be in the
 * body (contract §1).
 *
 * @throws CodedException 40301
 */
@Injectable()
export class TransportGuard implements CanActivate {
  constructor(private readonly transport: TransportPolicy) {}

  canActivate(context: ExecutionContext): boolean {
    this.transport.admit(rawRequest(context.switchToHttp().getRequest<HttpRequest>()));
    return true;
  }
}
