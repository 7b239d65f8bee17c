import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../access/principal.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ROLE_NAME } from '../scopes/scope-table.js';
import { RolesRepository } from './roles.repository.js';

type Actor = Pick<Principal, 'accountId' | 'scopes'>;

/** Who may give which role to whom: nobody grants what they do not hold (contract §6, S-85, S-100). */
@Injectable()
export class RoleAssignment {
  constructor(
    private readonly registry: ScopeRegistry,
    private readonly roles: RolesRepository,
  ) {}

  /**
   * Lets the role be given to a user in the same transaction; an own role of the account cannot be deleted
   * or changed before that ends (S-198).
   *
   * @throws CodedException 40303 for `owner`, 40001 for an unknown role, 40302 for one that the actor does
   *   not hold
   */
  async assertAssignable(actor: Actor, role: string, manager: EntityManager): Promise<void> {
    if (role === 'owner') throw new CodedException(ERROR.OWNER_PROTECTED);
    await this.held(actor, role, manager);
  }

  /**
   * As {@link assertAssignable}, for an API key: it never gets `owner` or `admin`, by that or any other name
   * (S-85).
   */
  async assertAssignableToKey(actor: Actor, role: string, manager: EntityManager): Promise<void> {
    if (role === 'owner' || role === 'admin') throw unknownRole(`${role} is not for API keys`);
    const held = await this.held(actor, role, manager);
    if (held.has('admin')) throw unknownRole('a role with admin is not for API keys');
  }

  /** Whether the actor holds all that the role holds. */
  async covers(actor: Actor, role: string, manager: EntityManager): Promise<boolean> {
    const all = await this.expand(actor.accountId, role, manager);
    return this.isHeld(actor, all);
  }

  private async held(
    actor: Actor,
    role: string,
    manager: EntityManager,
  ): Promise<ReadonlySet<string>> {
    const isKnown =
      this.registry.isRole(role) ||
      (ROLE_NAME.test(role) && (await this.roles.lockByName(actor.accountId, role, manager)));
    if (!isKnown) throw unknownRole('role is not known');
    const held = await this.expand(actor.accountId, role, manager);
    if (!this.isHeld(actor, held)) {
      throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'grants what it lacks' });
    }
    return held;
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

  /** The account's own role names stand for what they include, and are nothing by themselves. */
  private isHeld(actor: Actor, names: ReadonlySet<string>): boolean {
    return [...names].every((name) => actor.scopes.has(name) || !this.registry.has(name));
  }
}

function unknownRole(message: string): CodedException {
  return invalidRequest([{ field: 'role', message }]);
}
