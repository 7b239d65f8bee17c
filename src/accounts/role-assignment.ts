import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../access/principal.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ROLE_NAME } from '../scopes/scope-table.js';
import { RolesRepository } from './roles.repository.js';

/** Checks that an actor may assign a role: it must hold all that it grants (contract §6, S-85, S-100). */
@Injectable()
export class RoleAssignment {
  constructor(
    private readonly registry: ScopeRegistry,
    private readonly roles: RolesRepository,
  ) {}

  /**
   * Checks that the actor may assign the role to a user in this transaction. `ActorAuthorization.authorize` must come
   * first: then no own role of the account can be deleted or changed until the transaction ends (S-198).
   *
   * @throws CodedException 40303 for `owner`, 40001 for an unknown role, 40302 for one that the actor does not hold
   */
  async assertAssignable(actor: Actor, role: string, manager: EntityManager): Promise<void> {
    if (role === 'owner') throw new CodedException(ERROR.OWNER_PROTECTED);
    await this.assertHeld(actor, role, manager);
  }

  /**
   * As {@link assertAssignable}, for an API key, which never gets `owner` or `admin`. No other role includes those
   * (S-85).
   */
  async assertAssignableToKey(actor: Actor, role: string, manager: EntityManager): Promise<void> {
    if (role === 'owner' || role === 'admin') throw unknownRole(`${role} is not for API keys`);
    await this.assertHeld(actor, role, manager);
  }

  /** Whether the actor holds all scopes of the role. */
  async covers(actor: Actor, role: string, manager: EntityManager): Promise<boolean> {
    // Names of the account's own roles grant nothing by themselves, only what they include.
    const all = [...(await this.expand(actor.accountId, role, manager))];
    return all.every((name) => actor.scopes.has(name) || !this.registry.has(name));
  }

  private async assertHeld(actor: Actor, role: string, manager: EntityManager): Promise<void> {
    const isKnown =
      this.registry.isRole(role) ||
      (ROLE_NAME.test(role) && (await this.roles.existsByName(actor.accountId, role, manager)));
    if (!isKnown) throw unknownRole('role is not known');
    if (!(await this.covers(actor, role, manager))) {
      throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'grants what it lacks' });
    }
  }

  private async expand(
    accountId: string,
    role: string,
    manager: EntityManager,
  ): Promise<ReadonlySet<string>> {
    if (this.registry.has(role)) return this.registry.expand([role]);
    const own = await this.roles.findByAccountId(accountId, manager);
    const definitions = Object.fromEntries(own.map(({ name, scopes }) => [name, scopes]));
    return this.registry.withRoles(definitions).expand([role]);
  }
}

function unknownRole(message: string): CodedException {
  return invalidRequest([{ field: 'role', message }]);
}
