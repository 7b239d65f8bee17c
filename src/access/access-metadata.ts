import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

/** What a route declares: whom it takes and the scopes they need (all of them), or that it needs no one. */
export type AccessRule =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'scopes';
      readonly scopes: readonly string[];
      /** `user`: an API key is refused, whatever it holds. */
      readonly principal: 'any' | 'user';
    };

/** Metadata key under which a route's {@link AccessRule} stands. */
export const ACCESS_RULE = Symbol('gatehouse:access-rule');

/** What the handler of a call declares, or else its class. */
export function accessRule(
  reflector: Reflector,
  context: Pick<ExecutionContext, 'getHandler' | 'getClass'>,
): AccessRule | undefined {
  return reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
    context.getHandler(),
    context.getClass(),
  ]);
}
