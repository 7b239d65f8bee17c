import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { checkedFacts } from '../common/transport/request-facts.js';
import { TransportPolicy } from '../common/transport/transport-policy.js';

/**
 * Refuses requests without TLS, on public routes too: the body may hold a password or the data of a new account
 * (contract §1). Forbids caches to keep the answer, as the gate of the service has done already (S-63, S-171).
 *
 * @throws CodedException 40301
 */
@Injectable()
export class TransportGuard implements CanActivate {
  constructor(
    private readonly transport: TransportPolicy,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    if (checkedFacts(rawRequest(request))?.isGated) return true;
    const response: unknown = context.switchToHttp().getResponse();
    this.adapterHost.httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    this.transport.admit(request);
    return true;
  }
}
