import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';
import { unauthorized } from './challenge.js';
import type { Principal } from './principal.js';
import { ScopeHints } from './scope-hints.js';
import { verifiedPrincipal } from './verified-principals.js';

/**
 * Asks whether what the route needs is among what the principal holds. A route that declares nothing is
 * refused (S-92).
 *
 * @throws CodedException 40302 naming the missing scope (RFC 6750 §3.1), 40101
 * @public
 */
@Injectable()
export class ScopesGuard implements CanActivate {
  // Only what Nest provides in every module: a guard is made in the module of the controller.
  constructor(
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!rule) throw new CodedException(ERROR.SCOPE_INSUFFICIENT);
    if (rule.kind === 'public') return true;

    const principal = verifiedPrincipal(context.switchToHttp().getRequest());
    if (!principal) throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
    const missing = rule.scopes.filter((scope) => !principal.scopes.has(scope));
    if (missing.length > 0) throw this.refusal(principal, missing);
    if (rule.principal === 'user' && principal.type !== 'user') throw notForKeys();
    return true;
  }

  private refusal(principal: Principal, missing: readonly string[]): CodedException {
    const hints = this.modules.get(ScopeHints, { strict: false });
    const hint = hints.describe(principal, missing);
    const description = hint === undefined ? '' : `, error_description="${hint}"`;
    return insufficient(`scope="${missing.join(' ')}"${description}`);
  }
}

function notForKeys(): CodedException {
  return insufficient('error_description="For users, not for API keys"');
}

function insufficient(parameters: string): CodedException {
  return new CodedException(ERROR.SCOPE_INSUFFICIENT, {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", ${parameters}` },
  });
}
