import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { groupBy } from '../common/group-by.js';
import { Database } from '../database/database.js';
import { ScopeRegistry, type ScopeVocabulary } from '../scopes/scope-registry.js';
import type { Role } from './role.entity.js';
import { RolesRepository } from './roles.repository.js';

/** Accounts of one statement: few, because each may have a hundred roles. */
const ACCOUNTS_AT_ONCE = 8;

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
      const byAccount = await this.findRoles([...new Set(accountIds)], manager);
      return accountIds.map((id) => byAccount.get(id) ?? []);
    });
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

  private async findRoles(
    accountIds: readonly string[],
    manager: EntityManager,
  ): Promise<ReadonlyMap<string, readonly Role[]>> {
    const roles: Role[] = [];
    for (let start = 0; start < accountIds.length; start += ACCOUNTS_AT_ONCE) {
      // An account may have a hundred roles: without this, no request would run until all are read.
      if (start > 0) await nextTurn();
      const ids = accountIds.slice(start, start + ACCOUNTS_AT_ONCE);
      roles.push(...(await this.roles.findByAccountIds(ids, manager)));
    }
    return groupBy(roles, ({ accountId }) => accountId);
  }
}
