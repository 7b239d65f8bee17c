import { defineScopes } from 'nest-gatehouse';

export const SHOP_SCOPES = defineScopes({
  scopes: { 'orders:read': [], 'orders:write': ['orders:read'] },
  roles: { clerk: ['orders:write'] },
});
type Shop = typeof SHOP_SCOPES;
declare module 'nest-gatehouse' {
  interface HostScopes extends Shop {}
}
