import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { carrierKey } from './carrier.js';
import type { Principal } from './principal.js';
import { currentPrincipal } from './verified-principals.js';

/**
 * Injects the principal that the guard verified, in a controller, resolver, gateway or microservice. `undefined` in a
 * public handler.
 *
 * @public
 */
export const CurrentPrincipal: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | undefined =>
    currentPrincipal(carrierKey(context)),
);
