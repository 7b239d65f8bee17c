import { describe, expect, it } from '@jest/globals';
import { codeOf } from '../../test/support/unit.js';
import { SYSTEM_SCOPES } from '../scopes/roles.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ScopeNarrowing } from './scope-narrowing.js';

const narrowing = new ScopeNarrowing(new ScopeRegistry(SYSTEM_SCOPES));

describe('ScopeNarrowing', () => {
  it('grants everything when nothing is asked for', () => {
    expect(narrowing.narrow(['owner'], undefined)).toEqual(['owner']);
  });

  it('grants exactly what is asked for, each name once, when all of it is held (S-54)', () => {
    expect(narrowing.narrow(['owner'], 'send users:read send')).toEqual(['send', 'users:read']);
    expect(narrowing.narrow(['send', 'users:read'], 'send')).toEqual(['send']);
  });

  it.each([
    [['send_only'], 'owner'],
    [['send_only'], 'send users:read'],
    [['admin'], 'owner'],
    [['admin'], 'account:delete'],
    [['send'], 'send_only'],
    [['owner'], 'no_such_scope'],
    [['owner'], 'users'],
    [['owner'], 'users:*'],
    [['owner'], 'OWNER'],
    [['owner'], '__proto__'],
    [['owner'], 'constructor'],
    [['no_such_role'], 'no_such_role'],
    [[], 'send'],
    [['owner'], 'send  users:read'],
    [['owner'], ''],
  ])('refuses a holder of %j who asks for %j (S-54, S-72)', async (granted, requested) => {
    expect(await codeOf(() => narrowing.narrow(granted, requested))).toBe(40004);
  });
});
