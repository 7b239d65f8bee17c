import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { groupBy } from '../common/group-by.js';
import { Database } from '../database/database.js';
import { ScopeRegistry, type ScopeVocabulary } from '../scopes/scope-registry.js';
import type { Role } from './role.entity.js';
import { RolesRepository } from './roles.repository.js';

/** Accounts of one batched read: small, because each may have a hundred roles. */
const BATCH_SIZE = 8;

/** The scope names that are defined in an account: the application's scopes and the account's own roles (S-197). */
@Injectable()
export class AccountScopes {
  private readonly rolesOf: (accountId: string) => Promise<readonly Role[]>;

  constructor(
    private readonly registry: ScopeRegistry,
    private readonly roles: RolesRepository,
    database: Database,
  ) {
    this.rolesOf = database.batched(async (accountIds, manager) => {
      const found = await this.roles.findByAccountIds(accountIds, manager);
      const byAccount = groupBy(found, ({ accountId }) => accountId);
      return accountIds.map((id) => byAccount.get(id) ?? []);
    }, BATCH_SIZE);
  }

  /**
   * The definitions of these names. Reads the account's roles only if the application does not define every name.
   *
   * @param manager of the transaction that the read belongs to
   */
  async vocabulary(
    accountId: string,
    names: readonly string[],
    manager?: EntityManager,
  ): Promise<ScopeVocabulary> {
    if (names.every((name) => this.registry.has(name))) return this.registry;
    const roles = await (manager
      ? this.roles.findByAccountId(accountId, manager)
      : this.rolesOf(accountId));
    return this.registry.withRoles(
      Object.fromEntries(roles.map(({ name, scopes }) => [name, scopes])),
    );
  }
}
