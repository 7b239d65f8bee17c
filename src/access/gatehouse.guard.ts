import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthenticationGuard } from './authentication.guard.js';
import { ScopesGuard } from './scopes.guard.js';

/**
 * Combines {@link AuthenticationGuard} and {@link ScopesGuard}, for a host's own controllers, resolvers, gateways and
 * message handlers.
 *
 * @example
 * \@UseGuards(GatehouseGuard)
 * \@Controller('orders')
 * class OrdersController {
 *   \@Get() \@RequireScopes('orders:read') list() {}
 * }
 * @throws the same as both guards
 * @public
 */
@Injectable()
export class GatehouseGuard implements CanActivate {
  constructor(
    private readonly authentication: AuthenticationGuard,
    private readonly scopes: ScopesGuard,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const authenticated = this.authentication.canActivate(context);
    // A cached credential is verified synchronously, and Nest need not wait for a promise.
    return authenticated instanceof Promise
      ? authenticated.then(() => this.scopes.canActivate(context))
      : this.scopes.canActivate(context);
  }
}
