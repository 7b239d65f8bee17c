import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { carrierKey } from './carrier.js';
import type { Principal } from './principal.js';
import { admittedPrincipal } from './verified-principals.js';

/**
 * Hands the handler the principal that the guard verified: of a controller, resolver, gateway or
 * microservice. `undefined` where the handler is public.
 *
 * @public
 */
export const CurrentPrincipal: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | undefined =>
    admittedPrincipal(carrierKey(context)),
);
