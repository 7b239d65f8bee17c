import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ERROR } from '../common/errors/error-codes.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';
import { unauthorized } from './challenge.js';
import type { Principal } from './principal.js';
import { setVerifiedPrincipal } from './verified-principals.js';

/** Longest `Authorization` that is looked at, in bytes (S-139). */
export const MAX_AUTHORIZATION_LENGTH = 8 * 1024;

/**
 * Finds out who speaks, by the passport strategy that the scheme names.
 *
 * One scheme, one strategy: a credential that fails is never tried as another (S-39). Needs no import of
 * the strategies, since passport knows them by name.
 *
 * @throws CodedException 40101, 40103, 40104, 40105
 * @public
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule?.kind === 'public') return true;

    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const strategy = strategyFor(request.headers.authorization);
    await strategy.canActivate(context);
    if (!request.user) throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
    setVerifiedPrincipal(request, request.user);
    return true;
  }
}

interface AuthenticatedRequest {
  readonly headers: { readonly authorization?: string };
  readonly user?: Principal;
}

class BearerAuthGuard extends AuthGuard('bearer') {
  override handleRequest<T>(error: unknown, principal: T | false): T {
    if (error) throw error as Error;
    if (principal) return principal;
    throw unauthorized(ERROR.ACCESS_TOKEN_INVALID, { isTokenRefused: true });
  }
}

class ApiBasicAuthGuard extends AuthGuard('basic') {
  override handleRequest<T>(error: unknown, principal: T | false): T {
    if (error) throw error as Error;
    if (principal) return principal;
    throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
  }
}

const bearer = new BearerAuthGuard();
const basic = new ApiBasicAuthGuard();

function strategyFor(authorization: string | undefined): CanActivate {
  if (authorization === undefined || authorization.length > MAX_AUTHORIZATION_LENGTH) {
    throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
  }
  const scheme = /^(\S+) /.exec(authorization)?.[1]?.toLowerCase();
  if (scheme === 'bearer') return bearer;
  if (scheme === 'basic') return basic;
  throw unauthorized(ERROR.AUTHENTICATION_REQUIRED);
}
