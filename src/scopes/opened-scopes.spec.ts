import { describe, expect, it } from '@jest/globals';
import { openedScopes } from './opened-scopes.js';
import { ScopeRegistry } from './scope-registry.js';
import { scopeTable } from './scope-table.js';

const registry = new ScopeRegistry(scopeTable());
const own = registry.withRoles({ clerk: ['users:write'], chief: ['clerk', 'read_only'] });
const open = (role: string, names: readonly string[]) => {
  const { granted, scopes } = openedScopes(own, role, names);
  return { granted, scopes: [...scopes].toSorted() };
};

describe('openedScopes', () => {
  it('gives all scopes of the role for its own name', () => {
    expect(open('clerk', ['clerk'])).toEqual({
      granted: ['clerk'],
      scopes: ['clerk', 'users:write'],
    });
  });

  it('gives no more than the names of a narrowed token', () => {
    expect(open('chief', ['users:write'])).toEqual({
      granted: ['users:write'],
      scopes: ['users:write'],
    });
  });

  it.each([
    ['a name that the role no longer holds (S-197)', 'clerk', ['read_only']],
    ['the former role (S-198)', 'read_only', ['clerk']],
    ['a stronger role', 'clerk', ['chief', 'admin', 'owner']],
    ['an unknown name', 'chief', ['nothing']],
    ['an unknown role', 'gone', ['gone', 'users:write']],
  ])('gives nothing for %s', (_, role, names) => {
    expect(open(role, names)).toEqual({ granted: [], scopes: [] });
  });
});
