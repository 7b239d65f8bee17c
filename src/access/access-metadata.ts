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
      /** Whether an access token that has expired is let in; the handler decides what it may still do. */
      readonly acceptsExpired?: boolean;
    };

/** Metadata key under which a route's {@link AccessRule} stands. */
export const ACCESS_RULE = Symbol('gatehouse:access-rule');

type Declared = Pick<ExecutionContext, 'getHandler' | 'getClass'>;
type Rules = WeakMap<object, AccessRule | undefined>;

/** By class, then by handler: what a decorator wrote does not change, and every guard of every call asks. */
const known = new WeakMap<object, Rules>();

/** What the handler of a call declares, or else its class. */
export function accessRule(reflector: Reflector, context: Declared): AccessRule | undefined {
  const [type, handler] = [context.getClass(), context.getHandler()];
  const rules = known.get(type) ?? newRules(type);
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
  known.set(type, rules);
  return rules;
}
