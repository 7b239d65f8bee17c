import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { codeOf, refusalOf, unbatched } from '../../test/support/unit.js';
import { ScopeHints } from '../access/scope-hints.js';
import { applicationActor, type Actor, type Principal } from '../access/principal.js';
import type { Database } from '../database/database.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { scopeTable } from '../scopes/scope-table.js';
import { AccountScopes } from './account-scopes.js';
import type { AccountsRepository } from './accounts.repository.js';
import { ActorAuthorization, type Operation } from './actor-authorization.js';
import type { RolesRepository } from './roles.repository.js';

const registry = new ScopeRegistry(scopeTable());
const manager = {} as EntityManager;
const USERS: Operation = { needs: ['users:write'] };

function principal(facts: Partial<Principal> = {}): Principal {
  return {
    id: 'ada',
    type: 'user',
    accountId: 'home',
    role: 'admin',
    granted: ['admin'],
    scopes: registry.expand(['admin']),
    sessionId: 'session',
    expiresAt: null,
    claims: {},
    ...facts,
  };
}

/** The present rows, and the order in which they were locked. */
class Rows {
  role: string | undefined = 'admin';
  isLive = true;
  account: { isActive: boolean } | null = { isActive: true };
  ownRoles: { name: string; scopes: string[] }[] = [];
  readonly locks: string[] = [];
  readonly authorization: ActorAuthorization;

  constructor() {
    const lock = (mode: string) => (id: string) => {
      this.locks.push(`${mode} ${id}`);
      return Promise.resolve(this.account);
    };
    const accounts: unknown = { lock: lock('alone'), share: lock('shared') };
    const roles: unknown = { findByAccountId: () => Promise.resolve(this.ownRoles) };
    const database: unknown = { batched: unbatched };
    this.authorization = new ActorAuthorization(
      accounts as AccountsRepository,
      new AccountScopes(registry, roles as RolesRepository, database as Database),
      new ScopeHints(registry, { explainsRefusals: true, deniesUndeclared: false }),
    );
    for (const type of ['user', 'api_key'] as const) {
      this.authorization.registerLock(type, (actor, ids) => {
        this.locks.push(`${type} ${ids.join(' ')}`);
        return Promise.resolve(ids.includes(actor.id) ? this.role : undefined);
      });
    }
    this.authorization.registerSessionLock((_, id) => {
      this.locks.push(`session ${id}`);
      return Promise.resolve(this.isLive);
    });
  }

  authorize(actor: Actor, operation: Operation) {
    return this.authorization.authorize(actor, operation, manager);
  }
}

describe('ActorAuthorization (S-211)', () => {
  let rows: Rows;
  beforeEach(() => {
    rows = new Rows();
  });

  it('locks the actor and the rows of the operation: users, keys, session, account', async () => {
    const operation = { ...USERS, users: ['bob'], apiKeys: ['key'] };
    await rows.authorize(principal(), operation);
    expect(rows.locks).toEqual(['user bob ada', 'api_key key', 'session session', 'shared home']);
  });

  it('locks an API key that acts after the users that it changes', async () => {
    const key = principal({ id: 'robot', type: 'api_key', sessionId: undefined });
    await rows.authorize(key, { ...USERS, users: ['bob'], isAboutAccount: true });
    expect(rows.locks).toEqual(['user bob', 'api_key robot', 'alone home']);
  });

  it('returns the actor with its present role and scopes', async () => {
    rows.role = 'clerk';
    rows.ownRoles = [{ name: 'clerk', scopes: ['users:write'] }];
    const clerk = principal({ granted: ['clerk', 'api_keys:write'] });
    const current = await rows.authorize(clerk, USERS);
    expect([current.role, [...current.scopes]]).toEqual(['clerk', ['clerk', 'users:write']]);
  });

  it.each([
    ['a deleted user', (row: Rows) => (row.role = undefined)],
    ['an ended session', (row: Rows) => (row.isLive = false)],
    ['a closed account', (row: Rows) => (row.account = { isActive: false })],
    ['a deleted account', (row: Rows) => (row.account = null)],
  ])('refuses %s with 40103, as the guard does', async (_, change) => {
    change(rows);
    expect(await codeOf(() => rows.authorize(principal(), { needs: [] }))).toBe(40103);
  });

  it('refuses a revoked API key without a session with 40105, as the guard does', async () => {
    rows.role = undefined;
    const key = principal({ type: 'api_key', sessionId: undefined });
    expect(await codeOf(() => rows.authorize(key, { needs: [] }))).toBe(40105);
  });

  it('refuses a missing scope with 40302 and its name, as the guard does', async () => {
    rows.role = 'read_only';
    const { entry, headers } = await refusalOf(() =>
      rows.authorize(principal({ granted: ['admin', 'users:read'] }), USERS),
    );
    expect(entry.code).toBe(40302);
    expect(headers['WWW-Authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="users:write", error_description="Granted by: owner, admin"',
    );
  });

  it('refuses an actor of a type without a registered lock', async () => {
    const { authorization } = new Rows();
    const unknown = principal({ type: 'robot' as Principal['type'] });
    expect(await codeOf(() => authorization.authorize(unknown, { needs: [] }, manager))).toBe(
      40103,
    );
  });

  it('returns the application unchanged', async () => {
    const application = applicationActor('home', new Set());
    expect(await rows.authorize(application, { ...USERS, users: ['bob'] })).toBe(application);
    expect(rows.locks).toEqual(['user bob', 'shared home']);
  });

  it('refuses the application in a deleted account with 40410', async () => {
    rows.account = null;
    expect(await codeOf(() => rows.authorize(applicationActor('home', new Set()), USERS))).toBe(
      40410,
    );
  });
});
