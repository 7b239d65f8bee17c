import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { accessRule } from './access-metadata.js';
import { contextRefusal } from './context-refusal.js';
import { PrincipalAuthenticator } from './principal-authenticator.js';

/**
 * Authenticates the caller of a controller, a GraphQL resolver, a gateway or a microservice. A `@Public()` handler
 * takes every caller; one with `@CurrentPrincipal()` refuses a credential that is not valid.
 *
 * @throws CodedException 40101, 40103, 40104, 40105, 40301, 42901; for a call by socket or message, a `WsException` or
 *   `RpcException` of the same code
 * @public
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: PrincipalAuthenticator,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = accessRule(this.reflector, context);
    if (rule?.kind === 'public' && !(rule.verifies && this.authenticator.hasCredential(context))) {
      this.authenticator.skip(context);
      return true;
    }
    const acceptsExpired = rule?.kind === 'scopes' && rule.acceptsExpired;
    try {
      const principal = this.authenticator.authenticateCall(context, acceptsExpired);
      return principal instanceof Promise ? this.settle(context, principal) : true;
    } catch (error) {
      throw contextRefusal(error, context, this.adapterHost.httpAdapter);
    }
  }

  private async settle(
    context: ExecutionContext,
    authentication: Promise<unknown>,
  ): Promise<boolean> {
    try {
      await authentication;
      return true;
    } catch (error) {
      throw contextRefusal(error, context, this.adapterHost.httpAdapter);
    }
  }
}
