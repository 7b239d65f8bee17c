import type { HostScopeDefinitions, ScopeDefinitions } from './define-scopes.js';
import { SYSTEM_ROLES, SYSTEM_SCOPES } from './system-scopes.js';

/** All scopes with the names that they include, and which of them are roles. */
export interface ScopeTable {
  readonly definitions: ScopeDefinitions;
  readonly roles: ReadonlySet<string>;
}

/** Longest name of a scope or role; the columns that store one have this width. */
export const MAX_SCOPE_NAME = 64;

const SCOPE_NAME = /^[a-z][a-z0-9_]*(?::[a-z][a-z0-9_]*)?$/;
/** Without a colon, so that no role looks like `resource:action`. */
export const ROLE_NAME = /^[a-z][a-z0-9_-]*$/;

/**
 * One table of our own scopes and the host's. System roles hold scopes of the host by the ending of their names.
 *
 * @throws Error when a name of the host is malformed, defined twice, or includes `owner` or `account:delete`
 */
export function scopeTable(hosts: readonly HostScopeDefinitions[] = []): ScopeTable {
  const definitions: Record<string, readonly string[]> = { ...SYSTEM_SCOPES };
  const roles = new Set<string>(SYSTEM_ROLES);
  for (const host of hosts) {
    for (const [name, includes] of Object.entries(host.scopes)) {
      define(definitions, name, includes, SCOPE_NAME);
    }
    for (const [name, includes] of Object.entries(host.roles)) {
      define(definitions, name, includes, ROLE_NAME);
      roles.add(name);
    }
  }
  const added = Object.keys(definitions).filter((name) => !Object.hasOwn(SYSTEM_SCOPES, name));
  const ending = (end: string) => added.filter((name) => name.endsWith(end));
  return {
    definitions: {
      ...definitions,
      read_only: [...SYSTEM_SCOPES.read_only, ...ending(':read')],
      iac: [...SYSTEM_SCOPES.iac, ...ending(':write')],
      admin: [...SYSTEM_SCOPES.admin, ...added],
    },
    roles,
  };
}

function define(
  definitions: Record<string, readonly string[]>,
  name: string,
  includes: readonly string[],
  form: RegExp,
): void {
  if (!form.test(name) || name.length > MAX_SCOPE_NAME) {
    throw new Error(`${name} is no name for a scope or role: ${form.source}`);
  }
  if (Object.hasOwn(definitions, name)) throw new Error(`scope ${name} is defined twice`);
  // Only system roles may hold these; a role that holds the host's scope would hold them too.
  const system = includes.find((each) => each === 'owner' || each === 'account:delete');
  if (system !== undefined) throw new Error(`scope ${name} must not include ${system}`);
  definitions[name] = includes;
}
