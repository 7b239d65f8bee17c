import { describe, expect, it } from '@jest/globals';
import { defineScopes, type HostScopeDefinitions } from './define-scopes.js';
import { ScopeRegistry } from './scope-registry.js';
import { SYSTEM_SCOPES } from './system-scopes.js';
import { scopeTable } from './scope-table.js';

const shop = defineScopes({
  scopes: {
    'orders:read': [],
    'orders:write': ['orders:read'],
    'orders:refund': [],
    invoice: ['send'],
  },
  roles: { clerk: ['orders:write'], 'shop-head': ['clerk', 'orders:refund', 'users:read'] },
} as const);

const hostOf = (
  scopes: Record<string, readonly string[]>,
  roles: Record<string, readonly string[]> = {},
): HostScopeDefinitions => ({ scopes, roles });

describe('scopeTable with scopes of a host', () => {
  const registry = new ScopeRegistry(scopeTable([shop]));
  const added = [...Object.keys(shop.scopes), ...Object.keys(shop.roles)];

  it.each([
    ['owner', added],
    ['admin', added],
    ['iac', ['orders:read', 'orders:write']],
    ['read_only', ['orders:read']],
    ['standard', ['orders:read']],
    ['send_only', []],
    ['clerk', ['clerk', 'orders:read', 'orders:write']],
    ['shop-head', ['clerk', 'orders:read', 'orders:refund', 'orders:write', 'shop-head']],
  ])('gives %s the scopes %j of the host', (role, scopes) => {
    const held = [...registry.expand([role])].filter((name) => added.includes(name));
    expect(held.toSorted()).toEqual(scopes.toSorted());
  });

  it('leaves the meaning of our own scopes unchanged', () => {
    const alone = new ScopeRegistry(scopeTable());
    for (const name of Object.keys(SYSTEM_SCOPES)) {
      const [before, after] = [alone, registry].map((each) =>
        [...each.expand([name])].filter((held) => alone.has(held)).toSorted(),
      );
      // `invoice` includes `send`, which owner and admin hold anyway.
      expect(after).toEqual(before);
    }
  });

  it('distinguishes roles from scopes', () => {
    expect([registry.isRole('clerk'), registry.isRole('orders:read')]).toEqual([true, false]);
    expect(registry.rolesHolding(['orders:read'])).toEqual([
      'owner',
      'admin',
      'iac',
      'standard',
      'read_only',
      'clerk',
      'shop-head',
    ]);
    expect(registry.rolesHolding(['orders:refund', 'users:read'])).toEqual([
      'owner',
      'admin',
      'shop-head',
    ]);
  });

  it.each([
    ['a scope of ours', hostOf({ 'users:read': [] })],
    ['a role of ours', hostOf({}, { admin: [] })],
    ['a role of ours as a scope', hostOf({ owner: [] })],
    ['a name twice', hostOf({ clerk: [] }, { clerk: [] })],
  ])('refuses %s', (_, host) => {
    expect(() => new ScopeRegistry(scopeTable([host]))).toThrow(/is defined twice/);
  });

  it.each(['Orders:read', 'orders:', ':read', 'a:b:c', 'a b', '', '1a', 'x'.repeat(65), 'é'])(
    'refuses the scope name %j',
    (name) => {
      expect(() => scopeTable([hostOf({ [name]: [] })])).toThrow(/is no name/);
    },
  );

  it.each(['clerk:read', 'Clerk', ''])('refuses the role name %j', (name) => {
    expect(() => scopeTable([hostOf({}, { [name]: [] })])).toThrow(/is no name/);
  });

  it.each(['owner', 'account:delete'])('refuses a scope that includes %s', (name) => {
    expect(() => scopeTable([hostOf({ 'a:b': [name] })])).toThrow(/must not include/);
  });

  it.each([
    ['itself', hostOf({ 'a:b': ['a:b'] }), /includes itself/],
    ['itself through another', hostOf({ 'a:b': ['c:d'], 'c:d': ['a:b'] }), /includes itself/],
    ['a role of ours that holds it', hostOf({ 'a:b': ['admin'] }), /includes itself/],
    ['an undefined name', hostOf({ 'a:b': ['c:d'] }), /not defined/],
  ])('refuses a scope that includes %s', (_, host, fault) => {
    expect(() => new ScopeRegistry(scopeTable([host]))).toThrow(fault);
  });

  it('combines the scopes of two definitions', () => {
    const both = new ScopeRegistry(scopeTable([shop, hostOf({ 'desk:read': [] })]));
    expect(both.expand(['read_only']).has('desk:read')).toBe(true);
    expect(both.expand(['read_only']).has('orders:read')).toBe(true);
  });
});

describe('ScopeRegistry.withRoles', () => {
  const registry = new ScopeRegistry(scopeTable());

  it('expands an own role to all that it includes, also through other own roles', () => {
    const own = registry.withRoles({ outer: ['inner', 'send'], inner: ['users:read'] });
    expect([...own.expand(['outer'])].toSorted()).toEqual(['inner', 'outer', 'send', 'users:read']);
    expect([own.has('inner'), registry.has('inner')]).toEqual([true, false]);
  });

  it('does not redefine a name of the application (S-196)', () => {
    const own = registry.withRoles({ read_only: ['admin'], send: ['owner'] });
    expect(own.expand(['read_only']).has('admin')).toBe(false);
    expect([...own.expand(['send'])]).toEqual(['send']);
  });

  it('gives nothing for an included name that does not exist', () => {
    const own = registry.withRoles({ stale: ['gone', 'toString', 'send'] });
    expect([...own.expand(['stale'])].toSorted()).toEqual(['send', 'stale']);
  });

  it('refuses own roles that include each other', () => {
    expect(() => registry.withRoles({ a: ['b'], b: ['a'] })).toThrow(/includes itself/);
  });
});
