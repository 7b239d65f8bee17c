import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { MAX_AUTHORIZATION_LENGTH } from '../../access/authentication.guard.js';
import type { GrantRequest } from '../authenticated-grant.js';
import { tokenUnauthorized } from '../token-challenge.js';
import { TokenRequestReader } from '../token-request.js';

interface HttpRequest extends GrantRequest {
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: { readonly authorization?: string };
}

/**
 * Lets a token request in: reads what is asked for, then has the strategy of that grant check the
 * credentials. Form comes first, so that a malformed request costs no bcrypt.
 */
@Injectable()
export class TokenGrantGuard implements CanActivate {
  constructor(private readonly reader: TokenRequestReader) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const { authorization = '' } = request.headers;
    if (authorization.length > MAX_AUTHORIZATION_LENGTH) throw tokenUnauthorized();
    request.tokenRequest = await this.reader.read(request.query, request.body);
    const isRefresh = request.tokenRequest.grantType === 'refresh_token';
    const strategy: CanActivate = isRefresh ? refreshGuard : basicGuard;
    await strategy.canActivate(context);
    return true;
  }
}

function authenticateOptions(context: ExecutionContext) {
  const { tokenRequest } = context.switchToHttp().getRequest<HttpRequest>();
  return { property: 'grantSubject', tokenRequest };
}

class BasicAuthGuard extends AuthGuard('basic') {
  override getAuthenticateOptions(context: ExecutionContext) {
    return authenticateOptions(context);
  }
}

class RefreshAuthGuard extends AuthGuard('refresh') {
  override getAuthenticateOptions(context: ExecutionContext) {
    return authenticateOptions(context);
  }
}

const basicGuard = new BasicAuthGuard();
const refreshGuard = new RefreshAuthGuard();
