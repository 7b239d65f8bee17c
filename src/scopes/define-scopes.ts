import type { SystemScope } from './system-scopes.js';

/** Scope names and the names that each includes. */
export type ScopeDefinitions = Readonly<Record<string, readonly string[]>>;

/** A host application's scopes and roles, as {@link defineScopes} checked them. */
export interface HostScopeDefinitions<
  Scopes extends ScopeDefinitions = ScopeDefinitions,
  Roles extends ScopeDefinitions = ScopeDefinitions,
> {
  readonly scopes: Scopes;
  readonly roles: Roles;
}

/**
 * The host's own names, for the compiler: with this declaration a misspelt name does not compile.
 *
 * @example
 * type Shop = typeof SHOP_SCOPES;
 * declare module 'nest-gatehouse' {
 *   interface HostScopes extends Shop {}
 * }
 * @public
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- a host fills it by declaration merging
export interface HostScopes {}

type HostScopeName = HostScopes extends { readonly scopes: infer S; readonly roles: infer R }
  ? Extract<keyof S | keyof R, string>
  : never;

/**
 * A scope or role of the application: ours and the host's.
 *
 * @public
 */
// oxlint-disable-next-line typescript/no-redundant-type-constituents -- `never` until a host fills HostScopes
export type Scope = SystemScope | HostScopeName;

/**
 * Defines a host's own scopes, and roles made of them, each with the names that it includes.
 *
 * `owner` and `admin` hold all of them; `read_only` and `standard` hold those that end in `:read`, `iac`
 * those that end in `:write` (contract §6). Only a role that includes it here holds any other scope.
 *
 * @example
 * export const SHOP_SCOPES = defineScopes({
 *   scopes: { 'orders:read': [], 'orders:write': ['orders:read'] },
 *   roles: { clerk: ['orders:write'] },
 * } as const);
 * @public
 */
export function defineScopes<
  const Scopes extends ScopeDefinitions,
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- a table without roles is empty
  const Roles extends ScopeDefinitions = Record<never, never>,
>(host: {
  readonly scopes: Scopes & Readonly<Record<keyof Scopes, Includes<keyof Scopes>>>;
  readonly roles?: Roles & Readonly<Record<keyof Roles, Includes<keyof Scopes | keyof Roles>>>;
}): HostScopeDefinitions<Scopes, Roles> {
  return { scopes: host.scopes, roles: host.roles ?? ({} as Roles) };
}

type Includes<Names extends PropertyKey> = readonly (Names | SystemScope)[];
