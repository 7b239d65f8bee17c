import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { accessRule } from './access-metadata.js';
import { carrierKey } from './carrier.js';
import { insufficientScope, notForKeys, unauthorized } from './challenge.js';
import { contextRefusal } from './context-refusal.js';
import { DeniedAccess } from './denied-access.js';
import { ScopeHints } from './scope-hints.js';
import { VerifiedPrincipals } from './verified-principals.js';

/**
 * Checks that the principal holds all scopes that the handler needs, and refuses a handler that declares no access rule
 * (S-92). Must run after {@link AuthenticationGuard}.
 *
 * @throws CodedException 40302 naming the missing scope (RFC 6750 §3.1), 40101; for a call by socket or message, a
 *   `WsException` or `RpcException` of the same code
 * @public
 */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly principals: VerifiedPrincipals,
    private readonly hints: ScopeHints,
    private readonly adapterHost: HttpAdapterHost,
    private readonly denied: DeniedAccess,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const refusal = this.refusal(context);
    return refusal ? this.refuse(refusal, context) : true;
  }

  private async refuse(refusal: CodedException, context: ExecutionContext): Promise<never> {
    // Here too, because a host's routes and messages have filters of their own.
    await this.denied.report(refusal, context);
    throw contextRefusal(refusal, context, this.adapterHost.httpAdapter);
  }

  private refusal(context: ExecutionContext): CodedException | undefined {
    const rule = accessRule(this.reflector, context);
    if (!rule) return new CodedException(ERROR.SCOPE_INSUFFICIENT);
    if (rule.kind === 'public') return undefined;
    const principal = this.principals.of(carrierKey(context));
    if (!principal) return unauthorized(ERROR.AUTHENTICATION_REQUIRED);
    const missing = rule.scopes.filter((scope) => !principal.scopes.has(scope));
    if (missing.length > 0) {
      return insufficientScope(missing, this.hints.describe(principal, missing));
    }
    return rule.principal === 'user' && principal.type !== 'user' ? notForKeys() : undefined;
  }
}
