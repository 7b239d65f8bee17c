// Compiled together with the shop, so that its scopes are declared; never run.
import { RequireScopes, type Scope } from 'nest-gatehouse';
import '../src/shop-scopes.js';

export const good: Scope[] = ['orders:write', 'clerk', 'users:read', 'owner'];

export class Orders {
  @RequireScopes('orders:read', 'users:read', 'clerk')
  list(): void {}

  // @ts-expect-error -- misspelt
  @RequireScopes('orders:raed')
  misspelt(): void {}
}

// @ts-expect-error -- misspelt
export const bad: Scope = 'clark';
