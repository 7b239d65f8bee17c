import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

/** The access rule that a route declares: public, or the principals that it takes and all the scopes they need. */
export type AccessRule =
  | {
      readonly kind: 'public';
      /** Whether the handler takes the principal of a caller who sends a credential. */
      readonly verifies?: boolean;
    }
  | {
      readonly kind: 'scopes';
      readonly scopes: readonly string[];
      /** `user` refuses every API key, whatever its scopes are. */
      readonly principal: 'any' | 'user';
      /** Whether the guard accepts an expired access token; the handler decides what it may still do. */
      readonly acceptsExpired?: boolean;
    };

/** Metadata key of a route's {@link AccessRule}. */
export const ACCESS_RULE = Symbol('gatehouse:access-rule');

type Declared = Pick<ExecutionContext, 'getHandler' | 'getClass'>;
type Rules = WeakMap<object, AccessRule | undefined>;

/** Rules by class, then by handler. Every guard needs one for every call, and metadata does not change. */
const cache = new WeakMap<object, Rules>();

/** The access rule of the call's handler, or else of its class. */
export function accessRule(reflector: Reflector, context: Declared): AccessRule | undefined {
  const [type, handler] = [context.getClass(), context.getHandler()];
  const rules = cache.get(type) ?? newRules(type);
  if (!rules.has(handler)) {
    const declared = reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      handler,
      type,
    ]);
    rules.set(handler, declared);
  }
  return rules.get(handler);
}

function newRules(type: object): Rules {
  const rules: Rules = new WeakMap();
  cache.set(type, rules);
  return rules;
}
