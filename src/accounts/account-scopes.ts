import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ScopeRegistry, type ScopeVocabulary } from '../scopes/scope-registry.js';
import { RolesRepository } from './roles.repository.js';

/** What names mean within an account: the application's scopes, and the account's own roles (S-197). */
@Injectable()
export class AccountScopes {
  constructor(
    private readonly registry: ScopeRegistry,
    private readonly roles: RolesRepository,
    private readonly database: Database,
  ) {}

  /** Costs a statement only where a name is not one of the application's own. */
  async vocabulary(accountId: string, names: readonly string[]): Promise<ScopeVocabulary> {
    if (names.every((name) => this.registry.has(name))) return this.registry;
    const roles = await this.database.read((manager) =>
      this.roles.findByAccountId(accountId, manager),
    );
    return this.registry.withRoles(
      Object.fromEntries(roles.map(({ name, scopes }) => [name, scopes])),
    );
  }
}
