import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { applicationActor } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { Database } from '../database/database.js';
import { APPLICATION, SYSTEM } from '../events/gatehouse-event.js';
import type { LinkPurpose } from '../links/link-purpose.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/**
 * A link that is given to who asked for it, in place of a letter.
 *
 * @public
 */
export interface ShownLink {
  /** The page that takes it: without a `PUBLIC_URL` it is relative. */
  readonly url: string;
  /** The one thing in it that is secret. */
  readonly token: string;
  /** End of the link, in ms since the epoch. */
  readonly expiresAt: number;
}

/** Makes a link for the host's code, or for the operator of the server. */
type Asker = typeof APPLICATION | typeof SYSTEM;

/** Links by which users set a password, shown to the host's code or to the operator of the server, and audited. */
@Injectable()
export class ShownLinks {
  constructor(
    private readonly links: OneTimeLinks,
    private readonly users: UsersService,
    private readonly authorization: ActorAuthorization,
    private readonly scopes: ScopeRegistry,
    private readonly database: Database,
  ) {}

  /**
   * Makes a link that lets the user set a password. Until it is used, it changes nothing.
   *
   * @throws CodedException 40102 for a user or account that is not active, 40410, 40901 for an invitation of a user who
   *   has a password, 50301
   */
  async create(
    purpose: Extract<LinkPurpose, 'invitation' | 'reset'>,
    userId: string,
    asker: Asker = APPLICATION,
    within?: EntityManager,
  ): Promise<ShownLink> {
    // Locks the user before the account, as all transactions do.
    if (within) await this.users.findById(userId, within);
    const user = assertMayGet(purpose, await this.users.findWithPassword(userId, within));
    const { accountId, emailAddress: address, role } = user;
    const { actorId: createdBy, actorType: createdByType } = asker;
    const facts = { purpose, userId, accountId, address, role, createdBy, createdByType };
    const link = this.links.prepare(facts);
    await this.database.transaction(
      async (manager) => {
        const actor = applicationActor(accountId, this.scopes.expand(['owner']));
        await this.authorization.authorize(actor, { needs: [], users: [userId] }, manager);
        const current = (await this.users.lock(accountId, userId, manager)) ?? null;
        assertSame(user, assertMayGet(purpose, current));
        await this.links.add(link, manager);
        return link;
      },
      async (manager) => ((await this.links.findIn(link.id, manager)) ? link : undefined),
      NO_ACCESS,
      () => [{ name: 'one_time_link.shown', ...asker, accountId, userId, linkId: link.id }],
      within,
    );
    return this.shown(link);
  }

  private shown(link: OneTimeLink): ShownLink {
    const token = this.links.tokenOf(link);
    if (token === undefined) throw new Error('the key of a new link is not set');
    return { url: this.links.urlOf(link, token), token, expiresAt: link.expiresAt };
  }
}

function assertMayGet(purpose: LinkPurpose, user: User | null): User {
  if (!user) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  if (!user.isActive || !user.account?.isActive) {
    throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'not active' });
  }
  if (purpose === 'invitation' && user.passwordHash !== null) {
    throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: 'has a password' });
  }
  return user;
}

/** The link is bound to both, so that it would never open anything. */
function assertSame(read: User, current: User): void {
  if (read.emailAddress === current.emailAddress && read.role === current.role) return;
  throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: 'changed meanwhile' });
}
