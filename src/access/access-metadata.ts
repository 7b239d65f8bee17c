/** What a route declares: the scopes it needs (all of them), or that it needs no one. */
export type AccessRule =
  { readonly kind: 'public' } | { readonly kind: 'scopes'; readonly scopes: readonly string[] };

/** Metadata key under which a route's {@link AccessRule} stands. */
export const ACCESS_RULE = Symbol('gatehouse:access-rule');
