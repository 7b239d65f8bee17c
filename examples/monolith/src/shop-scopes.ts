import { defineScopes } from 'nest-gatehouse';

/** The scopes of the shop, and a role that includes them. */
export const SHOP_SCOPES = defineScopes({
  scopes: { 'orders:read': [], 'orders:write': ['orders:read'] },
  roles: { clerk: ['orders:write'] },
});

type Shop = typeof SHOP_SCOPES;

// With this declaration, a misspelt scope does not compile.
declare module 'nest-gatehouse' {
  interface HostScopes extends Shop {}
}
