import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { by, type Actor, type Principal } from '../access/principal.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { messageOf } from '../common/errors/message-of.js';
import { StartError } from '../common/errors/start.error.js';
import type { Position } from '../common/paging/cursor-codec.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { Database } from '../database/database.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { ActorAuthorization, type Operation } from './actor-authorization.js';
import type { Role } from './role.entity.js';
import { RoleUsage } from './role-usage.js';
import { ownRoleView, systemRoleViews, type RoleDefinition, type RoleView } from './role-view.js';
import { RolesRepository } from './roles.repository.js';

/** Most own roles of an account. */
const MAX_OWN_ROLES = 100;

/** Locks the account exclusively: a transaction that acts by a role or assigns one holds the shared lock. */
const CHANGES_ROLES: Operation = { needs: ['roles:write'], isAboutAccount: true };

/** Manages an account's own roles, which give no actor more rights than it has (S-196). */
@Injectable()
export class RolesService implements OnApplicationBootstrap {
  private readonly systemRoles: readonly RoleView[];

  constructor(
    private readonly repository: RolesRepository,
    private readonly authorization: ActorAuthorization,
    private readonly roleUsage: RoleUsage,
    private readonly registry: ScopeRegistry,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
  ) {
    this.systemRoles = systemRoleViews(registry);
  }

  /**
   * Stops the start when a scope of the application has the name of an own role, whose meaning it would change.
   *
   * @throws StartError naming the role
   */
  async onApplicationBootstrap(): Promise<void> {
    const [taken] = await this.database.read((manager) =>
      this.repository.findNamesAmong(this.registry.names, manager),
    );
    if (taken === undefined) return;
    throw new StartError(`scope ${taken} has the name of a role that an account made for itself`);
  }

  /** The account's own roles, newest first, then the system roles. */
  async list({ accountId }: Principal, query: PageQuery): Promise<Page<RoleView>> {
    const own = await this.database.read((manager) =>
      this.repository.findByAccountId(accountId, manager),
    );
    const all = [...own.map(ownRoleView), ...this.systemRoles];
    return this.pages.page(query, ['roles', accountId], (after, take) => {
      const isAfter = ({ createdAt, id }: Position) =>
        !after || createdAt < after.createdAt || (createdAt === after.createdAt && id < after.id);
      return Promise.resolve(all.filter(isAfter).slice(0, take));
    });
  }

  /** @throws CodedException 40001, 40302 for a role beyond the actor's own scopes, 40901, 40902 */
  async create(actor: Principal, definition: RoleDefinition): Promise<RoleView> {
    const { accountId } = actor;
    const now = this.clock.now();
    const role: Role = {
      id: randomUUID(),
      accountId,
      ...definition,
      createdAt: now,
      modifiedAt: now,
    };
    await this.database.transaction(
      async (manager) => {
        const acting = await this.authorization.authorize(actor, CHANGES_ROLES, manager);
        const existing = await this.repository.findByAccountId(accountId, manager);
        this.assertAllowed(acting, role, existing);
        if (existing.length >= MAX_OWN_ROLES) {
          throw new CodedException(ERROR.LIMIT_REACHED, { detail: 'own roles' });
        }
        await this.repository.insert(role, manager);
      },
      async (manager) => ((await this.repository.exists(role, manager)) ? null : undefined),
      [accountId],
      () => [{ name: 'role.created', ...by(actor), roleId: role.id }],
    );
    return ownRoleView(role);
  }

  /** @throws CodedException 40001, 40302 for a role beyond the actor's own scopes, 40410, 40901 */
  async replace(actor: Principal, id: string, definition: RoleDefinition): Promise<RoleView> {
    this.assertNotSystem(id);
    const { accountId } = actor;
    const modifiedAt = this.clock.now();
    const role = await this.database.transaction(
      async (manager) => {
        const acting = await this.authorization.authorize(actor, CHANGES_ROLES, manager);
        const current = found(await this.repository.findById(accountId, id, manager));
        const existing = await this.repository.findByAccountId(accountId, manager);
        // The actor must hold the former definition too, or it could take rights from a stronger principal.
        this.assertHeld(acting, [current.name], existing);
        const next: Role = { ...current, ...definition, modifiedAt };
        this.assertAllowed(acting, next, existing);
        if (next.name !== current.name) await this.assertUnused(current, existing, manager);
        await this.repository.replace(next, manager);
        return next;
      },
      (manager) => this.findModified(accountId, id, modifiedAt, manager),
      [accountId],
      () => [{ name: 'role.changed', ...by(actor), roleId: id }],
    );
    return ownRoleView(role);
  }

  /** @throws CodedException 40302, 40410, 40901 while it is assigned or included in another */
  async delete(actor: Principal, id: string): Promise<void> {
    this.assertNotSystem(id);
    const { accountId } = actor;
    await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(actor, CHANGES_ROLES, manager);
        const current = found(await this.repository.findById(accountId, id, manager));
        const existing = await this.repository.findByAccountId(accountId, manager);
        await this.assertUnused(current, existing, manager);
        await this.repository.delete(current, manager);
        return null;
      },
      async (manager) =>
        (await this.repository.exists({ id, accountId }, manager)) ? undefined : null,
      [accountId],
      () => [{ name: 'role.deleted', ...by(actor), roleId: id }],
    );
  }

  /** Checks a definition against the account's present roles. */
  private assertAllowed(actor: Actor, role: Role, existing: readonly Role[]): void {
    const others = existing.filter(({ id }) => id !== role.id);
    if (this.registry.has(role.name) || others.some(({ name }) => name === role.name)) {
      throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: 'role name is taken' });
    }
    const known = new Set(others.map(({ name }) => name));
    // A role may not include a scope that admin lacks, which is for the owner only, nor admin itself: a key could
    // get it by another name, now or when its role is changed (S-85).
    const shareable = this.registry.expand(['admin']);
    const isIncludable = (name: string) =>
      known.has(name) || (shareable.has(name) && name !== 'admin');
    const unknown = role.scopes.find((name) => !isIncludable(name));
    if (unknown !== undefined) {
      throw invalidScopes(`${unknown} cannot be part of a role`);
    }
    this.assertHeld(actor, role.scopes, [...others, role]);
  }

  private assertHeld(
    actor: Actor,
    names: readonly string[],
    roles: readonly Pick<Role, 'name' | 'scopes'>[],
  ): void {
    const held = expand(this.registry, names, roles);
    if ([...held].every((name) => actor.scopes.has(name) || !this.registry.has(name))) return;
    throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'a role beyond what it holds' });
  }

  private async assertUnused(
    { accountId, name }: Role,
    existing: readonly Role[],
    manager: EntityManager,
  ): Promise<void> {
    const isIncluded = existing.some(({ scopes }) => scopes.includes(name));
    if (isIncluded || (await this.roleUsage.isAssigned(accountId, name, manager))) {
      throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: 'role is in use' });
    }
  }

  private assertNotSystem(id: string): void {
    if (this.systemRoles.some((role) => role.id === id)) {
      throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'a system role' });
    }
  }

  private async findModified(
    accountId: string,
    id: string,
    modifiedAt: number,
    manager: EntityManager,
  ): Promise<Role | undefined> {
    const roles = await this.repository.findByAccountId(accountId, manager);
    return roles.find((role) => role.id === id && role.modifiedAt === modifiedAt);
  }
}

function expand(
  registry: ScopeRegistry,
  names: readonly string[],
  roles: readonly Pick<Role, 'name' | 'scopes'>[],
): ReadonlySet<string> {
  const definitions = Object.fromEntries(roles.map(({ name, scopes }) => [name, scopes]));
  try {
    return registry.withRoles(definitions).expand(names);
  } catch (error) {
    throw invalidScopes(messageOf(error, 'a role includes itself'));
  }
}

function invalidScopes(message: string): CodedException {
  return invalidRequest([{ field: 'scopes', message }]);
}

function found(role: Role | null): Role {
  if (!role) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  return role;
}
