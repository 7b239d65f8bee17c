import { describe, expect, it } from '@jest/globals';
import { principal } from '../../test/support/guards.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { scopeTable } from '../scopes/scope-table.js';
import { ScopeHints } from './scope-hints.js';

const registry = new ScopeRegistry(scopeTable());
const open = new ScopeHints(registry, { explainsRefusals: true, deniesUndeclared: false });
const closed = new ScopeHints(registry, { explainsRefusals: false, deniesUndeclared: false });

const as = (role: string) => ({ ...principal(), role });

describe('ScopeHints', () => {
  it('names the roles that hold all missing scopes', () => {
    expect(open.describe(as('send_only'), ['users:read', 'send'])).toBe(
      'Granted by: owner, admin, standard',
    );
    expect(open.describe(as('send_only'), ['account:delete'])).toBe('Granted by: owner');
  });

  it.each(['owner', 'admin'])('names the roles to %s in production too', (role) => {
    expect(closed.describe(as(role), ['users:write'])).toBe('Granted by: owner, admin');
  });

  it.each(['standard', 'iac', 'nobody', 'Owner', ''])(
    'names no roles to %j in production',
    (role) => {
      expect(closed.describe(as(role), ['users:write'])).toBeUndefined();
    },
  );

  it('gives no hint when no role holds the scope', () => {
    expect(open.describe(as('owner'), ['no_such_scope'])).toBeUndefined();
  });
});
