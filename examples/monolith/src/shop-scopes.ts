import { defineScopes } from 'nest-gatehouse';

/** What one can do in the shop, and a role made of it. */
export const SHOP_SCOPES = defineScopes({
  scopes: { 'orders:read': [], 'orders:write': ['orders:read'] },
  roles: { clerk: ['orders:write'] },
});

type Shop = typeof SHOP_SCOPES;

// From here on a misspelt scope does not compile.
declare module 'nest-gatehouse' {
  interface HostScopes extends Shop {}
}
