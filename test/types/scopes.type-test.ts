// Compiled by `npm run lint` and never run: the line after each `@ts-expect-error` must not compile.
import { defineScopes, RequireScopes, RequireUser, type Scope } from '../../src/index.js';

export class Routes {
  @RequireScopes('users:read', 'send')
  good(): void {}

  @RequireUser('owner')
  forPeople(): void {}

  // @ts-expect-error -- misspelt
  @RequireScopes('users:raed')
  misspelt(): void {}

  // @ts-expect-error -- misspelt
  @RequireUser('onwer')
  misspeltToo(): void {}
}

export const good: Scope = 'api_keys:write';
// @ts-expect-error -- misspelt
export const bad: Scope = 'api_keys:wirte';

export const host = defineScopes({
  scopes: { 'orders:read': [], 'orders:write': ['orders:read', 'users:read'] },
  roles: { clerk: ['orders:write', 'send'], head: ['clerk'] },
} as const);

defineScopes({
  scopes: {
    'orders:read': [],
    // @ts-expect-error -- includes an undefined name
    'orders:write': ['orders:raed'],
  },
} as const);

defineScopes({
  scopes: { 'orders:read': [] },
  roles: {
    // @ts-expect-error -- includes an undefined name
    clerk: ['orders:write'],
  },
} as const);
