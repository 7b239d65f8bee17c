import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { verifiedPrincipal } from './verified-principals.js';
import type { Principal } from './principal.js';

/**
 * Hands the handler the principal that the guard verified.
 *
 * @public
 */
export const CurrentPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | undefined =>
    verifiedPrincipal(context.switchToHttp().getRequest()),
);
