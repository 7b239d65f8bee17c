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
