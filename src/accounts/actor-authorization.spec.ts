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

/** The rows as they are, and what was locked in which order. */
class Rows {
  role: string | undefined = 'admin';
  isLive = true;
  account: { isActive: boolean } | null = { isActive: true };
  ownRoles: { name: string; scopes: string[] }[] = [];
  readonly locks: string[] = [];
  readonly authorization: ActorAuthorization;

  constructor() {
    const lock = (how: string) => (id: string) => {
      this.locks.push(`${how} ${id}`);
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

describe('an actor, asked again (S-211)', () => {
  let rows: Rows;
  beforeEach(() => {
    rows = new Rows();
  });

  it('is locked with what it changes, users before keys, then session and account', async () => {
    const operation = { ...USERS, users: ['bob'], apiKeys: ['key'] };
    await rows.authorize(principal(), operation);
    expect(rows.locks).toEqual(['user bob ada', 'api_key key', 'session session', 'shared home']);
  });

  it('is locked after the users whom it changes, where it is a key', async () => {
    const key = principal({ id: 'robot', type: 'api_key', sessionId: undefined });
    await rows.authorize(key, { ...USERS, users: ['bob'], isAboutAccount: true });
    expect(rows.locks).toEqual(['user bob', 'api_key robot', 'alone home']);
  });

  it('has the role that it has now, and what that holds', async () => {
    rows.role = 'clerk';
    rows.ownRoles = [{ name: 'clerk', scopes: ['users:write'] }];
    const clerk = principal({ granted: ['clerk', 'api_keys:write'] });
    const current = await rows.authorize(clerk, USERS);
    expect([current.role, [...current.scopes]]).toEqual(['clerk', ['clerk', 'users:write']]);
  });

  it.each([
    ['a user who is gone', (row: Rows) => (row.role = undefined)],
    ['a session that has ended', (row: Rows) => (row.isLive = false)],
    ['an account that was closed', (row: Rows) => (row.account = { isActive: false })],
    ['an account that was deleted', (row: Rows) => (row.account = null)],
  ])('is refused as the guard would: 40103 for %s', async (_, change) => {
    change(rows);
    expect(await codeOf(() => rows.authorize(principal(), { needs: [] }))).toBe(40103);
  });

  it('is refused as the guard would: 40105 for a key by itself', async () => {
    rows.role = undefined;
    const key = principal({ type: 'api_key', sessionId: undefined });
    expect(await codeOf(() => rows.authorize(key, { needs: [] }))).toBe(40105);
  });

  it('is refused as the guard would: 40302 that names what is missing', async () => {
    rows.role = 'read_only';
    const { entry, headers } = await refusalOf(() =>
      rows.authorize(principal({ granted: ['admin', 'users:read'] }), USERS),
    );
    expect(entry.code).toBe(40302);
    expect(headers['WWW-Authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="users:write", error_description="Granted by: owner, admin"',
    );
  });

  it('is refused where no room says how to lock it', async () => {
    const { authorization } = new Rows();
    const nobody = principal({ type: 'robot' as Principal['type'] });
    expect(await codeOf(() => authorization.authorize(nobody, { needs: [] }, manager))).toBe(40103);
  });

  it('is let in as it is, where it is the application', async () => {
    const application = applicationActor('home', new Set());
    expect(await rows.authorize(application, { ...USERS, users: ['bob'] })).toBe(application);
    expect(rows.locks).toEqual(['user bob', 'shared home']);
  });

  it('is 40410 where the application acts in an account that is gone', async () => {
    rows.account = null;
    expect(await codeOf(() => rows.authorize(applicationActor('home', new Set()), USERS))).toBe(
      40410,
    );
  });
});
