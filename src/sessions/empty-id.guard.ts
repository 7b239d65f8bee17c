import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { pathOf } from '../common/transport/request-facts.js';

/**
 * Refuses a path that ends with a slash: a host's router may take `…/session/` for `…/session`, and a client
 * that forgot an id would end every session (contract §7).
 *
 * @throws CodedException 40410
 */
@Injectable()
export class EmptyIdGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { url = '' } = rawRequest(context.switchToHttp().getRequest<HttpRequest>());
    if (pathOf(url).endsWith('/')) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    return true;
  }
}
