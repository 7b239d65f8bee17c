import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { carrierKey } from './carrier.js';
import type { Principal } from './principal.js';
import { currentPrincipal } from './verified-principals.js';

const TAKES_PRINCIPAL = Symbol('gatehouse:takes-principal');

const principalOf = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | undefined =>
    currentPrincipal(carrierKey(context)),
);

/**
 * Injects the principal that the guard verified, in a controller, resolver, gateway or microservice.
 *
 * In a `@Public()` handler it is `undefined` when the caller sent no credential; see {@link Public}.
 *
 * @public
 */
export function CurrentPrincipal(): ParameterDecorator {
  const inject = principalOf();
  return (target, method, index) => {
    inject(target, method, index);
    if (method !== undefined) Reflect.defineMetadata(TAKES_PRINCIPAL, true, target, method);
  };
}

/** Whether a method has a parameter with {@link CurrentPrincipal}. */
export function takesPrincipal(target: object, method: string | symbol): boolean {
  return Reflect.hasMetadata(TAKES_PRINCIPAL, target, method);
}
