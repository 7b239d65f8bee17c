import { Inject, Injectable } from '@nestjs/common';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';
import type { Principal } from './principal.js';

const INSIDERS: ReadonlySet<string> = new Set(['owner', 'admin']);

/** Tells who may know which roles would have let them in. */
@Injectable()
export class ScopeHints {
  constructor(
    private readonly scopes: ScopeRegistry,
    @Inject(ACCESS_OPTIONS) private readonly options: AccessOptions,
  ) {}

  /** @returns `undefined` where that is nobody's business, or no role would do */
  describe(principal: Principal, missing: readonly string[]): string | undefined {
    if (!this.options.explainsRefusals && !INSIDERS.has(principal.role)) return undefined;
    const roles = this.scopes.rolesHolding(missing);
    return roles.length > 0 ? `Granted by: ${roles.join(', ')}` : undefined;
  }
}
