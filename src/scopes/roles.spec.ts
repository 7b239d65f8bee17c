import { describe, expect, it } from '@jest/globals';
import { SYSTEM_SCOPES } from './system-scopes.js';
import { ScopeRegistry } from './scope-registry.js';
import { scopeTable } from './scope-table.js';

const READS = ['account:read', 'api_keys:read', 'roles:read', 'users:read'];

/** The table of contract §6 in full: a change here changes the rights of every account. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  iac: [],
  send_only: ['send'],
  read_only: READS,
  standard: [...READS, 'read_only', 'send'],
  admin: [
    ...READS,
    'account:write',
    'api_keys:write',
    'audit:read',
    'webhooks:read',
    'webhooks:write',
    'iac',
    'read_only',
    'roles:write',
    'send',
    'send_only',
    'standard',
    'users:write',
  ],
};

describe('system roles', () => {
  const registry = new ScopeRegistry(scopeTable());

  it.each(Object.entries(TABLE))('gives %s exactly what the table says (S-102)', (role, scopes) => {
    expect([...registry.expand([role])].toSorted()).toEqual([role, ...scopes].toSorted());
  });

  it('gives owner every scope and every role (S-102)', () => {
    expect([...registry.expand(['owner'])].toSorted()).toEqual(
      Object.keys(SYSTEM_SCOPES).toSorted(),
    );
  });

  it('gives admin everything but owner and account:delete (S-102)', () => {
    const missing = Object.keys(SYSTEM_SCOPES).filter(
      (name) => !registry.expand(['admin']).has(name),
    );
    expect(missing).toEqual(['account:delete', 'owner']);
  });

  it.each(['iac', 'read_only', 'send_only'])(
    'gives %s no scope to change users, keys or roles (S-103)',
    (role) => {
      const names = [...registry.expand([role])];
      expect(names.filter((name) => /:(write|delete)$/.test(name))).toEqual([]);
    },
  );

  it.each(['Owner', 'OWNER', 'owners', 'root', 'superuser', '', '__proto__'])(
    'gives the unknown role %j nothing (S-102)',
    (role) => {
      expect(registry.expand([role]).size).toBe(0);
    },
  );

  it('has no scopes but these: a new one needs its row here (S-102)', () => {
    const roles = new Set([...Object.keys(TABLE), 'owner']);
    const scopes = Object.keys(SYSTEM_SCOPES).filter((name) => !roles.has(name));
    expect(scopes.toSorted()).toEqual(
      [
        ...READS,
        'account:delete',
        'account:write',
        'api_keys:write',
        'audit:read',
        'webhooks:read',
        'webhooks:write',
        'roles:write',
        'send',
        'users:write',
      ].toSorted(),
    );
  });
});
