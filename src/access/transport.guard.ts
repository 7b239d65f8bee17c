import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { TransportPolicy } from '../common/transport/transport-policy.js';

/**
 * Refuses requests without TLS, on public routes too: the body may hold a password or the data of a new account
 * (contract §1).
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
