import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Evidence, EvidenceSource } from '../access/evidence.js';
import { contentDigest } from '../common/crypto/content-digest.js';
import { groupBy } from '../common/group-by.js';
import { Database } from '../database/database.js';
import { ScopeRegistry, type ScopeVocabulary } from '../scopes/scope-registry.js';
import type { Role } from './role.entity.js';
import { RolesRepository } from './roles.repository.js';

/** Accounts, each of which may have a hundred roles. */
const READ_AT_ONCE = 8;

interface AccountVocabulary {
  readonly vocabulary: ScopeVocabulary;
  /** What was read for it. */
  readonly evidence: readonly Evidence[];
}

/** What names mean within an account: the application's scopes, and the account's own roles (S-197). */
@Injectable()
export class AccountScopes implements EvidenceSource {
  constructor(
    private readonly registry: ScopeRegistry,
    private readonly roles: RolesRepository,
    private readonly database: Database,
  ) {}

  /**
   * Costs a statement only where a name is not one of the application's own.
   *
   * @param manager of the transaction that it is part of
   */
  async vocabulary(
    accountId: string,
    names: readonly string[],
    manager?: EntityManager,
  ): Promise<AccountVocabulary> {
    if (names.every((name) => this.registry.has(name))) {
      return { vocabulary: this.registry, evidence: [] };
    }
    const roles = await (manager
      ? this.roles.findByAccountId(accountId, manager)
      : this.read([accountId]));
    return {
      vocabulary: this.registry.withRoles(
        Object.fromEntries(roles.map(({ name, scopes }) => [name, scopes])),
      ),
      evidence: [{ source: this, key: accountId, digest: digestOf(roles) }],
    };
  }

  async digests(accountIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const digests = new Map<string, string>();
    for (let start = 0; start < accountIds.length; start += READ_AT_ONCE) {
      const ids = accountIds.slice(start, start + READ_AT_ONCE);
      const rolesOf = groupBy(await this.read(ids), ({ accountId }) => accountId);
      for (const id of ids) digests.set(id, digestOf(rolesOf.get(id) ?? []));
      await nextTurn();
    }
    return digests;
  }

  private read(accountIds: readonly string[]): Promise<Role[]> {
    return this.database.read((manager) => this.roles.findByAccountIds(accountIds, manager));
  }
}

function digestOf(roles: readonly Role[]): string {
  return contentDigest(roles.map(({ name, scopes }) => [name, scopes]));
}
