import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { contextRefusal } from '../../access/context-refusal.js';
import { MAX_AUTHORIZATION_LENGTH } from '../../access/principal-authenticator.js';
import { Strategies } from '../../access/strategies.js';
import { rawRequest, type HttpRequest } from '../../common/transport/raw-request.js';
import { markTokenRequest, requestFacts } from '../../common/transport/request-facts.js';
import { setGrant, type GrantSubject } from '../authenticated-grant.js';
import { tokenUnauthorized } from '../token-challenge.js';
import { TokenRequestReader } from '../token-request.js';

/** As either framework hands it out. */
type TokenHttpRequest = HttpRequest & { readonly query: unknown; readonly body: unknown };

/**
 * Lets a token request in: reads what is asked for, then has the strategy of that grant check the
 * credentials. Form comes first, so that a malformed request costs no bcrypt.
 */
@Injectable()
export class TokenGrantGuard implements CanActivate {
  constructor(
    private readonly reader: TokenRequestReader,
    private readonly strategies: Strategies,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      await this.admit(context.switchToHttp().getRequest<TokenHttpRequest>());
      return true;
    } catch (error) {
      throw contextRefusal(error, context, this.adapterHost.httpAdapter);
    }
  }

  private async admit(request: TokenHttpRequest): Promise<void> {
    const raw = rawRequest(request);
    markTokenRequest(raw);
    const { authorization } = raw.headers;
    if ((authorization?.length ?? 0) > MAX_AUTHORIZATION_LENGTH) throw tokenUnauthorized();
    const tokenRequest = await this.reader.read(request.query, request.body);
    const strategy = tokenRequest.grantType === 'refresh_token' ? 'refresh' : 'basic';
    const presented = {
      headers: { authorization },
      clientAddress: requestFacts(raw).clientAddress,
    };
    const subject = await this.strategies.run<GrantSubject>(strategy, presented, { tokenRequest });
    if (!subject) throw tokenUnauthorized();
    setGrant(request, { request: tokenRequest, subject });
  }
}
