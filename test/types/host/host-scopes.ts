// Declares a host's own scopes to the compiler, as in docs/authorization.md.
import { defineScopes, RequireScopes, type Scope } from '../../../src/index.js';

export const SHOP_SCOPES = defineScopes({
  scopes: { 'orders:read': [], 'orders:write': ['orders:read'] },
  roles: { clerk: ['orders:write'] },
} as const);

type Shop = typeof SHOP_SCOPES;
declare module '../../../src/index.js' {
  // oxlint-disable-next-line typescript/no-empty-object-type -- declaration merging
  interface HostScopes extends Shop {}
}

export class Orders {
  @RequireScopes('orders:read', 'users:read')
  list(): void {}

  @RequireScopes('clerk')
  work(): void {}

  // @ts-expect-error -- misspelt
  @RequireScopes('orders:raed')
  misspelt(): void {}
}

export const good: Scope[] = ['orders:write', 'clerk', 'owner'];
// @ts-expect-error -- misspelt
export const bad: Scope = 'clark';
