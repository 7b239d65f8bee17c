import { createHash } from 'node:crypto';
import type { Position } from '../common/paging/cursor-codec.js';
import type { ScopeRegistry } from '../scopes/scope-registry.js';
import type { Role } from './role.entity.js';

export interface RoleDefinition {
  readonly name: string;
  readonly description: string | null;
  readonly scopes: readonly string[];
}

/** A role that can be assigned: a system role, or an own role of the account. */
export interface RoleView extends RoleDefinition, Position {
  readonly isSystem: boolean;
  readonly modifiedAt: number;
}

export function ownRoleView(role: Role): RoleView {
  const { id, name, description, scopes, createdAt, modifiedAt } = role;
  return { id, name, description, scopes, createdAt, modifiedAt, isSystem: false };
}

/** The system roles, which every account has, in list order: after all own roles, by id. */
export function systemRoleViews(registry: ScopeRegistry): RoleView[] {
  return registry.names
    .filter((name) => registry.isRole(name))
    .map((name) => ({
      id: systemRoleId(name),
      name,
      description: null,
      scopes: registry.includesOf(name),
      isSystem: true,
      createdAt: 0,
      modifiedAt: 0,
    }))
    .toSorted((one, other) => (one.id < other.id ? 1 : -1));
}

/** A constant UUID (RFC 9562 §5.8), because system roles have no row. */
function systemRoleId(name: string): string {
  const hex = createHash('sha256').update(`gatehouse system role ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
