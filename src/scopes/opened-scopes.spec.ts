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

describe('what granted names open', () => {
  it('is all that the role holds, for the role itself', () => {
    expect(open('clerk', ['clerk'])).toEqual({
      granted: ['clerk'],
      scopes: ['clerk', 'users:write'],
    });
  });

  it('is no more than a token was narrowed to', () => {
    expect(open('chief', ['users:write'])).toEqual({
      granted: ['users:write'],
      scopes: ['users:write'],
    });
  });

  it.each([
    ['a name that the role holds no more (S-197)', 'clerk', ['read_only']],
    ['the role that was before (S-198)', 'read_only', ['clerk']],
    ['a role above', 'clerk', ['chief', 'admin', 'owner']],
    ['a name that nobody knows', 'chief', ['nothing']],
    ['a role that nobody knows', 'gone', ['gone', 'users:write']],
  ])('is nothing for %s', (_, role, names) => {
    expect(open(role, names)).toEqual({ granted: [], scopes: [] });
  });
});
