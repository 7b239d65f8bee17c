import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../access/principal.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ROLE_NAME } from '../scopes/scope-table.js';
import { RolesRepository } from './roles.repository.js';

/** Who may give which role to whom: nobody grants what they do not hold (contract §6, S-85, S-100). */
@Injectable()
export class RoleAssignment {
  constructor(
    private readonly registry: ScopeRegistry,
    private readonly roles: RolesRepository,
  ) {}

  /**
   * Lets the role be given to a user in the same transaction. {@link ActorAuthorization.authorize} came before: an own role of the
   * account cannot be deleted or changed until the transaction ends (S-198).
   *
   * @throws CodedException 40303 for `owner`, 40001 for an unknown role, 40302 for one that the actor does
   *   not hold
   */
  async assertAssignable(actor: Actor, role: string, manager: EntityManager): Promise<void> {
    if (role === 'owner') throw new CodedException(ERROR.OWNER_PROTECTED);
    await this.assertHeld(actor, role, manager);
  }

  /**
   * As {@link assertAssignable}, for an API key: it never gets `owner` or `admin`, and no other role includes
   * those (S-85).
   */
  async assertAssignableToKey(actor: Actor, role: string, manager: EntityManager): Promise<void> {
    if (role === 'owner' || role === 'admin') throw unknownRole(`${role} is not for API keys`);
    await this.assertHeld(actor, role, manager);
  }

  /** Whether the actor holds all that the role holds. */
  async covers(actor: Actor, role: string, manager: EntityManager): Promise<boolean> {
    // The account's own role names stand for what they include, and are nothing by themselves.
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
