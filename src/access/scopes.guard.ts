import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';
import { unauthorized } from './challenge.js';
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
  constructor(private readonly reflector: Reflector) {}

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
    if (missing.length === 0) return true;
    const challenge = `Bearer error="insufficient_scope", scope="${missing.join(' ')}"`;
    throw new CodedException(ERROR.SCOPE_INSUFFICIENT, {
      headers: { 'WWW-Authenticate': challenge },
    });
  }
}
