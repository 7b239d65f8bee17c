import { beforeEach, describe, expect, it } from '@jest/globals';
import { AccountScopes } from '../accounts/account-scopes.js';
import type { RolesRepository } from '../accounts/roles.repository.js';
import { codeOf, unbatched } from '../../test/support/unit.js';
import type { Database } from '../database/database.js';
import type { EventBus } from '../events/event-bus.js';
import type { NewEvent } from '../events/gatehouse-event.js';
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
let published: NewEvent[] = [];
const events = {
  reportWithin: async (_within: unknown, event: NewEvent) => void published.push(event),
} as unknown as EventBus;
const granted = new GrantedScopes(new AccountScopes(registry, roles, database), events);
beforeEach(() => void (published = []));

const holder = (role: string, accountId = 'first') => ({
  id: 'user-1',
  type: 'user' as const,
  accountId,
  role,
});
const ORIGIN = { clientAddress: '192.0.2.7', requestId: 'request-1' };
const narrow = (role: string, limit: readonly string[] | undefined, requested?: string) =>
  granted.narrow(holder(role), limit, requested, ORIGIN);

describe('GrantedScopes.narrow', () => {
  it('grants the role when no scope is requested, without a statement', async () => {
    reads = 0;
    expect(await narrow('owner', undefined)).toEqual(['owner']);
    expect(reads).toBe(0);
  });

  it('grants exactly the requested names, each once, when the role holds all of them (S-54)', async () => {
    const names = await narrow('owner', undefined, 'send users:read send');
    expect(names).toEqual(['send', 'users:read']);
    expect(await narrow('owner', ['send', 'users:read'], 'send')).toEqual(['send']);
    expect(published).toEqual([]);
  });

  it("grants the session's limit, as far as the role still holds it (S-53, S-54)", async () => {
    const limit = ['users:read', 'users:write'];
    expect(await narrow('read_only', limit)).toEqual(['users:read']);
    expect(await codeOf(() => narrow('owner', limit, 'send'))).toBe(40004);
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
    expect(await codeOf(() => narrow(role, undefined, requested))).toBe(40004);
  });
});

describe('a refusal of GrantedScopes.narrow', () => {
  it('is an event that does not repeat the names, which are the client’s own words (S-147, S-146)', async () => {
    expect(await codeOf(() => narrow('send_only', undefined, 'three_grey_geese'))).toBe(40004);
    const actor = { accountId: 'first', actorId: 'user-1', actorType: 'user' };
    expect(published).toEqual([
      { name: 'access.denied', ...actor, ...ORIGIN, reason: 'requests a scope that it lacks' },
    ]);
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
