import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthenticationGuard } from './authentication.guard.js';
import { ScopesGuard } from './scopes.guard.js';

/**
 * {@link AuthenticationGuard} and {@link ScopesGuard} in one: what a host puts before its own controllers,
 * resolvers, gateways and message handlers.
 *
 * @example
 * \@UseGuards(GatehouseGuard)
 * \@Controller('orders')
 * class OrdersController {
 *   \@Get() \@RequireScopes('orders:read') list() {}
 * }
 * @throws as the two do
 * @public
 */
@Injectable()
export class GatehouseGuard implements CanActivate {
  constructor(
    private readonly authentication: AuthenticationGuard,
    private readonly scopes: ScopesGuard,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const entry = this.authentication.canActivate(context);
    // Nest waits for promises, of which a remembered credential needs none.
    return entry instanceof Promise
      ? entry.then(() => this.scopes.canActivate(context))
      : this.scopes.canActivate(context);
  }
}
