import { Inject, Injectable } from '@nestjs/common';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';
import type { Principal } from './principal.js';

/** Roles that see the hint in production too. */
const ADMINISTRATORS: ReadonlySet<string> = new Set(['owner', 'admin']);

/** Names the roles that hold missing scopes, to principals that may know. */
@Injectable()
export class ScopeHints {
  constructor(
    private readonly scopes: ScopeRegistry,
    @Inject(ACCESS_OPTIONS) private readonly options: AccessOptions,
  ) {}

  /** @returns `undefined` when the principal may not know the roles, or no role holds the scopes */
  describe(principal: Principal, missing: readonly string[]): string | undefined {
    if (!this.options.explainsRefusals && !ADMINISTRATORS.has(principal.role)) return undefined;
    const roles = this.scopes.rolesHolding(missing);
    return roles.length > 0 ? `Granted by: ${roles.join(', ')}` : undefined;
  }
}
