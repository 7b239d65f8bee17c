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

describe("a host's scopes", () => {
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
  ])('are held by %s as far as %j', (role, scopes) => {
    const held = [...registry.expand([role])].filter((name) => added.includes(name));
    expect(held.toSorted()).toEqual(scopes.toSorted());
  });

  it('change nothing about ours', () => {
    const alone = new ScopeRegistry(scopeTable());
    for (const name of Object.keys(SYSTEM_SCOPES)) {
      const [before, after] = [alone, registry].map((each) =>
        [...each.expand([name])].filter((held) => alone.has(held)).toSorted(),
      );
      // `invoice` brings `send` along, which both of its holders had already.
      expect(after).toEqual(before);
    }
  });

  it('come with roles, which are told apart from scopes', () => {
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
  ])('do not start with %s', (_, host) => {
    expect(() => new ScopeRegistry(scopeTable([host]))).toThrow(/is defined twice/);
  });

  it.each(['Orders:read', 'orders:', ':read', 'a:b:c', 'a b', '', '1a', 'x'.repeat(65), 'é'])(
    'have no name like %j',
    (name) => {
      expect(() => scopeTable([hostOf({ [name]: [] })])).toThrow(/is no name/);
    },
  );

  it.each(['clerk:read', 'Clerk', ''])('have no role by a name like %j', (name) => {
    expect(() => scopeTable([hostOf({}, { [name]: [] })])).toThrow(/is no name/);
  });

  it.each(['owner', 'account:delete'])('never include %s', (name) => {
    expect(() => scopeTable([hostOf({ 'a:b': [name] })])).toThrow(/must not include/);
  });

  it.each([
    ['themselves', hostOf({ 'a:b': ['a:b'] }), /includes itself/],
    ['each other', hostOf({ 'a:b': ['c:d'], 'c:d': ['a:b'] }), /includes itself/],
    ['a role of ours that holds them', hostOf({ 'a:b': ['admin'] }), /includes itself/],
    ['what nobody defined', hostOf({ 'a:b': ['c:d'] }), /not defined/],
  ])('never include %s', (_, host, fault) => {
    expect(() => new ScopeRegistry(scopeTable([host]))).toThrow(fault);
  });

  it('of two hosts stand side by side', () => {
    const both = new ScopeRegistry(scopeTable([shop, hostOf({ 'desk:read': [] })]));
    expect(both.expand(['read_only']).has('desk:read')).toBe(true);
    expect(both.expand(['read_only']).has('orders:read')).toBe(true);
  });
});

describe("an account's own roles", () => {
  const registry = new ScopeRegistry(scopeTable());

  it('mean what they include, through each other too', () => {
    const own = registry.withRoles({ outer: ['inner', 'send'], inner: ['users:read'] });
    expect([...own.expand(['outer'])].toSorted()).toEqual(['inner', 'outer', 'send', 'users:read']);
    expect([own.has('inner'), registry.has('inner')]).toEqual([true, false]);
  });

  it('never stand in for a name of the application (S-196)', () => {
    const own = registry.withRoles({ read_only: ['admin'], send: ['owner'] });
    expect(own.expand(['read_only']).has('admin')).toBe(false);
    expect([...own.expand(['send'])]).toEqual(['send']);
  });

  it('get nothing for a name that nobody knows', () => {
    const own = registry.withRoles({ stale: ['gone', 'toString', 'send'] });
    expect([...own.expand(['stale'])].toSorted()).toEqual(['send', 'stale']);
  });

  it('that include each other are refused', () => {
    expect(() => registry.withRoles({ a: ['b'], b: ['a'] })).toThrow(/includes itself/);
  });
});
