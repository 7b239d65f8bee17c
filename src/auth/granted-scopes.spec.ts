import { describe, expect, it } from '@jest/globals';
import { AccountScopes } from '../accounts/account-scopes.js';
import type { RolesRepository } from '../accounts/roles.repository.js';
import { codeOf, unbatched } from '../../test/support/unit.js';
import type { Database } from '../database/database.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { scopeTable } from '../scopes/scope-table.js';
import { GrantedScopes } from './granted-scopes.js';

const ownRoles = [
  { accountId: 'first', name: 'clerk', scopes: ['users:read', 'send'] },
  { accountId: 'second', name: 'clerk', scopes: ['api_keys:write'] },
];
let reads = 0;
const roles = {
  findByAccountIds: (ids: readonly string[]) => {
    reads++;
    return Promise.resolve(ownRoles.filter(({ accountId }) => ids.includes(accountId)));
  },
} as unknown as RolesRepository;
const database = { batched: unbatched } as unknown as Database;
const registry = new ScopeRegistry(scopeTable());
const granted = new GrantedScopes(new AccountScopes(registry, roles, database));

const holder = (role: string, accountId = 'first') => ({ accountId, role });

describe('GrantedScopes.narrow', () => {
  it('grants the role when no scope is requested, without a statement', async () => {
    reads = 0;
    expect(await granted.narrow(holder('owner'), undefined, undefined)).toEqual(['owner']);
    expect(reads).toBe(0);
  });

  it('grants exactly the requested names, each once, when the role holds all of them (S-54)', async () => {
    const narrow = (limit: string[] | undefined, requested: string) =>
      granted.narrow(holder('owner'), limit, requested);
    expect(await narrow(undefined, 'send users:read send')).toEqual(['send', 'users:read']);
    expect(await narrow(['send', 'users:read'], 'send')).toEqual(['send']);
  });

  it("grants the session's limit, as far as the role still holds it (S-53, S-54)", async () => {
    const limit = ['users:read', 'users:write'];
    expect(await granted.narrow(holder('read_only'), limit, undefined)).toEqual(['users:read']);
    expect(await codeOf(() => granted.narrow(holder('owner'), limit, 'send'))).toBe(40004);
  });

  it.each([
    ['send_only', 'owner'],
    ['send_only', 'send users:read'],
    ['admin', 'owner'],
    ['admin', 'account:delete'],
    ['read_only', 'send'],
    ['owner', 'no_such_scope'],
    ['owner', 'users'],
    ['owner', 'users:*'],
    ['owner', 'OWNER'],
    ['owner', '__proto__'],
    ['owner', 'constructor'],
    ['no_such_role', 'no_such_role'],
    ['owner', 'send  users:read'],
    ['owner', ''],
  ])('refuses a holder of %s who asks for %j (S-54, S-72)', async (role, requested) => {
    expect(await codeOf(() => granted.narrow(holder(role), undefined, requested))).toBe(40004);
  });
});

describe('GrantedScopes.expand', () => {
  const names = async (role: string, carried: string[], accountId?: string) => {
    const { scopes } = await granted.expand(holder(role, accountId), carried);
    return [...scopes].toSorted();
  };

  it('gives the scopes of the names, and never more than the role holds now (S-198)', async () => {
    expect(await names('read_only', ['users:read', 'users:write'])).toEqual(['users:read']);
    expect(await names('send_only', ['owner'])).toEqual([]);
  });

  it("resolves the name of a role in the token's own account (S-197)", async () => {
    expect(await names('clerk', ['clerk'])).toEqual(['clerk', 'send', 'users:read']);
    expect(await names('clerk', ['clerk'], 'second')).toEqual(['api_keys:write', 'clerk']);
    expect(await names('clerk', ['clerk'], 'third')).toEqual([]);
  });

  it('gives nothing for a role of the account to the holder of another role (S-197)', async () => {
    expect(await names('read_only', ['clerk'])).toEqual([]);
  });
});
